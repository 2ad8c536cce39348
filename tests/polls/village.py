"""A village and its polls for the tests of this room."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from fractions import Fraction
from functools import cache
from typing import Any
from unittest.mock import patch

from sqlalchemy import insert, select

from gateway.kernel.db import metadata
from gateway.kernel.phones import PhoneNumber
from gateway.kernel.ports import Ports
from gateway.polls import actions
from gateway.polls.model import Method, PollDraft, PollWording, Threshold, ThresholdBase
from gateway.roll import actions as roll
from gateway.roll import views as roll_views
from gateway.roll.model import NewCommunity
from gateway.wording.catalogue import Wording, load_wording

HALF_OF_PARTICIPANTS = Threshold(ThresholdBase.PARTICIPANTS, Fraction(1, 2))


@cache
def all_wording() -> Wording:
    """Every sentence, read once for all tests that open polls."""
    return load_wording()


@contextmanager
def even_few_are_published() -> Iterator[None]:
    """Polls that close in here are published with their counts, however few took part: for tests that look behind."""
    with patch("gateway.polls.counting.report.is_small", return_value=False):
        yield


@dataclass(frozen=True)
class Village:
    """A community and the ids of its people, in the roll's order."""

    id: int
    people: list[int]


def a_village(ports: Ports, people: int = 8, *, groups: Sequence[str] = ("",), code: str = "shitan") -> Village:
    """A village whose people have a telephone each and, in turn, one of `groups`."""
    with ports.db.work() as tx:
        number = PhoneNumber(f"+86571{10000000 + len(code)}")
        community = roll.add_community(tx, NewCommunity(code, "石滩村", number, languages=("zh", "en")))
        rows = [
            {"community_id": community.id, "code": f"{i:05}", "name": f"村民{i}", "language": "zh",
             "group_name": groups[i % len(groups)]}
            for i in range(people)
        ]  # fmt: skip
        tx.execute(insert(metadata.tables["resident"]), rows)
        ids = [elector.resident_id for elector in roll_views.electorate(tx.connection, community.id)]
        phones = [{"resident_id": one, "number": f"+86138{one:08}", "position": 0} for one in ids]
        tx.execute(insert(metadata.tables["phone"]), phones)
        tx.commit()
    return Village(community.id, ids)


def a_draft(ports: Ports, village: Village, *, options: Sequence[str] = (), **terms: Any) -> PollDraft:
    """A poll that closes in three hours; single choice when there are options."""
    values: dict[str, Any] = {
        "community_id": village.id,
        "method": Method.SINGLE if options else Method.YESNO,
        "wording": {"": PollWording("修村口的路吗?", tuple(options))},
        "closes_at": ports.clock.now() + timedelta(hours=3),
        "threshold": HALF_OF_PARTICIPANTS,
    }
    return PollDraft(**values | terms)


def create_poll(ports: Ports, draft: PollDraft) -> int:
    """Create a poll and commit."""
    with ports.db.work() as tx:
        number = actions.create_poll(tx, draft, at=ports.clock.now())
        tx.commit()
    return number


def open_poll(ports: Ports, number: int) -> None:
    """Open a poll and commit."""
    with ports.db.work() as tx:
        actions.open_poll(tx, number, ports=ports, wording=all_wording())
        tx.commit()


def an_open_poll(ports: Ports, village: Village, **terms: Any) -> int:
    """Create and open a poll."""
    number = create_poll(ports, a_draft(ports, village, **terms))
    open_poll(ports, number)
    return number


def vote(ports: Ports, number: int, resident_id: int, choice: str) -> str:
    """Cast a ballot and commit; returns the receipt."""
    with ports.db.work() as tx:
        receipt = actions.cast(tx, number, resident_id, choice, ports=ports)
        tx.commit()
    return receipt


def vote_all(ports: Ports, number: int, choices: Mapping[int, str]) -> dict[int, str]:
    """Cast a ballot for each resident; returns their receipts."""
    return {resident: vote(ports, number, resident, choice) for resident, choice in choices.items()}


def rows_of(ports: Ports, table: str, number: int) -> list[tuple[Any, ...]]:
    """All rows of a poll in one of the room's tables, in the order the database gives them."""
    found = metadata.tables[table]
    with ports.db.read() as conn:
        return [tuple(row) for row in conn.execute(select(found).where(found.c.poll_id == number))]
