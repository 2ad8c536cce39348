"""The disk is full: a text is refused whole, so that the carrier tries again; nothing is half-written, and it goes on after."""

from __future__ import annotations

import itertools
from collections.abc import Callable

import pytest
from sqlalchemy.exc import OperationalError

from gateway.kernel.phones import PhoneNumber
from gateway.kernel.ports import Ports
from gateway.polls import views as polls
from gateway.roll import views as roll
from gateway.wording.catalogue import Wording
from tests.conversation.texting import Texting, everything, rows
from tests.polls.village import a_village, an_open_poll


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_full_disk_refuses_whole_texts_and_loses_nothing(
    ports: Ports, wording: Wording, figure: Callable[[str], None]
) -> None:
    village = a_village(ports)
    poll = an_open_poll(ports, village)
    with ports.db.read() as conn:
        line = roll.community(conn, village.id).line
    assert line
    person, voter = (Texting(ports, wording, PhoneNumber(f"+86138{one:08}"), line) for one in village.people[:2])
    _limit(ports, 0)
    taken = 0
    with pytest.raises(OperationalError):
        for number in itertools.count():
            person.text(f"议题 村口第{number}盏路灯坏了，" + "晚上看不见路，" * 60)
            taken += 1
    before = everything(ports)
    for _ in range(3):
        with pytest.raises(OperationalError):
            person.text("议题 " + "大水冲了桥，" * 80)
    assert everything(ports) == before
    assert len(rows(ports, "topic")) == taken
    _limit(ports, 100_000)
    assert "回执" in voter.text(f"投{poll} 1")
    with ports.db.read() as conn:
        assert polls.turnout(conn, poll).participants == 1
    figure(f"disk full on sqlite: {taken} topics taken before, 4 refused whole, 0 rows half-written, votes go on after")


def _limit(ports: Ports, more_pages: int) -> None:
    """Let the database grow by so many pages and no more, as on a disk with that much room."""
    connection = ports.db.engine.raw_connection()
    cursor = connection.cursor()
    pages = cursor.execute("PRAGMA page_count").fetchone()[0]
    cursor.execute(f"PRAGMA max_page_count = {pages + 8 + more_pages}")
    cursor.close()
    connection.close()
