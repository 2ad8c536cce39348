"""A community and people for tests of the roll."""

from __future__ import annotations

from gateway.kernel.phones import PhoneNumber
from gateway.kernel.ports import Ports
from gateway.roll import actions, views
from gateway.roll.entering import ImportReport
from gateway.roll.importing import parse_roll
from gateway.roll.model import Community, NewCommunity, Resident

LINE = PhoneNumber("+8657112345678")


def a_community(ports: Ports, code: str = "shitan", line: PhoneNumber = LINE) -> Community:
    """Add a community and commit."""
    with ports.db.work() as tx:
        made = actions.add_community(tx, NewCommunity(code, "石滩村", line, languages=("zh", "en")))
        tx.commit()
    return made


def enter(ports: Ports, community: Community, text: str, *, guests: bool = False) -> ImportReport:
    """Import the lines of a roll file and commit."""
    parsed = parse_roll(text.encode(), region="CN")
    with ports.db.work() as tx:
        report = actions.import_roll(
            tx, community.id, parsed, randomness=ports.randomness, secret=ports.secret, guests=guests
        )
        tx.commit()
    return report


def by_code(ports: Ports, community: Community, code: str) -> Resident:
    """The person with `code`."""
    with ports.db.read() as conn:
        found = views.resident_by_code(conn, community.id, code)
    assert found
    return found
