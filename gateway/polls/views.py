"""Questions to the polls: which are open, who has a vote, how many took part, what came out."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, ScalarSelect
from sqlalchemy.engine import Connection

from gateway.kernel.errors import NotFound, RuleError
from gateway.kernel.ids import has_valid_check_digit
from gateway.polls.counting import Tally
from gateway.polls.model import Lot, Poll, PollState, Presence, Result, Turnout, result_from_json
from gateway.polls.store import box, published
from gateway.polls.store import polls as store
from gateway.record import views as record

# The record's entry of a lot.
LOT_DRAWN = "poll.lot"


def poll(conn: Connection, number: int) -> Poll:
    """The poll with that number; NotFound("poll_unknown")."""
    found = store.find_poll(conn, number)
    if found is None:
        raise NotFound("poll_unknown", poll=number)
    return found


def polls(conn: Connection, community_id: int | None = None, states: Sequence[PollState] = ()) -> list[Poll]:
    """Polls by number, all or of one community, in any or some states."""
    return store.find_polls(conn, community_id, states)


def open_polls(conn: Connection, community_id: int, at: datetime | None = None) -> list[Poll]:
    """A community's open polls by number; with `at` only those whose closing time is still to come."""
    found = store.find_polls(conn, community_id, [PollState.OPEN])
    return [one for one in found if at is None or one.closes_at > at]


def closed_since(conn: Connection, community_id: int, sent_at: datetime, now: datetime) -> list[Poll]:
    """A community's polls that took votes at `sent_at` and take none `now`, by number."""
    return store.find_closed_since(conn, community_id, sent_at, now)


def open_to(conn: Connection, community_id: int, resident_id: int, at: datetime) -> list[Poll]:
    """A community's open polls in which a resident has a vote and which are not over at `at`, by number; one query."""
    return [one for one in store.find_open_to(conn, community_id, resident_id) if one.closes_at > at]


def open_parts_of(community: ColumnElement[int], resident: ColumnElement[int]) -> ScalarSelect[Any]:
    """For a query that has both: the open polls in which a resident has a vote; to be read by `read_parts`."""
    return store.open_parts_of(community, resident)


def read_parts(found: str | None) -> dict[int, int]:
    """Number of each poll, in order, and the index of the resident's group in it, from a column of `open_parts_of`."""
    parts = (part.split(":") for part in (found or "").split())
    return dict(sorted((int(number), int(group)) for number, group in parts))


def is_elector(conn: Connection, number: int, resident_id: int) -> bool:
    """Whether a resident has a vote in an opened poll."""
    return box.presence_of(conn, number, resident_id) is not None


def has_voted(conn: Connection, number: int, resident_id: int) -> bool:
    """Whether a resident has cast a ballot, whichever."""
    return box.presence_of(conn, number, resident_id) is Presence.VOTED


def participants(conn: Connection, number: int) -> list[int]:
    """The resident ids of everybody who cast a ballot, whichever."""
    return list(box.voters(conn, number))


def voted_in_person(conn: Connection, number: int, resident_id: int) -> bool:
    """Whether a resident has voted at the desk or on paper, which no telephone can replace."""
    return box.voted_in_person(conn, number, resident_id)


def turnout(conn: Connection, number: int) -> Turnout:
    """How many have a vote, cast one, are there; all 0 before opening. NotFound("poll_unknown")."""
    poll(conn, number)
    tallies = presence_tallies(conn, number, 1)
    voted = sum(tally.counts[Presence.VOTED] for tally in tallies)
    return Turnout(sum(t.entitled for t in tallies), voted, sum(t.present for t in tallies))


def presence_tallies(conn: Connection, number: int, groups: int) -> list[Tally]:
    """Entitled and present people by group, in the poll's order of at least `groups`; `counts` only tells who voted."""
    counted = box.presence_counts(conn, number)
    groups = max([groups, *(group + 1 for group, _ in counted)])
    return [
        Tally(
            entitled=sum(counted.get((group, presence), 0) for presence in Presence),
            present=counted.get((group, Presence.PRESENT), 0) + counted.get((group, Presence.VOTED), 0),
            counts={Presence.VOTED: counted.get((group, Presence.VOTED), 0)},
        )
        for group in range(groups)
    ]


def result(conn: Connection, number: int) -> Result:
    """A closed poll's result, with its lot if one was drawn.

    RuleError: result_not_yet before closing, poll_void; NotFound: poll_unknown.
    """
    _closed(conn, number)
    found = published.find_result(conn, number)
    assert found is not None
    counted = result_from_json(found)
    return replace(counted, lot=lot(conn, number)) if counted.tied else counted


def lot(conn: Connection, number: int) -> Lot | None:
    """The lot of a poll as it stands on the record."""
    for entry in record.entries_about(conn, f"poll:{number}"):
        if entry.kind == LOT_DRAWN:
            data: Any = entry.data
            return Lot(data["seed"], data["source"], tuple(data["chosen"]))
    return None


def receipt_counted(conn: Connection, number: int, receipt: str) -> bool:
    """Whether the ballot with `receipt` is in the count, whatever it said; errors as in `result`."""
    _closed(conn, number)
    return has_valid_check_digit(receipt) and published.has_receipt(conn, number, receipt)


def receipts(conn: Connection, number: int) -> Iterator[str]:
    """The published list of receipts, sorted; errors as in `result`."""
    _closed(conn, number)
    return published.receipts(conn, number)


def choices(conn: Connection, number: int) -> Iterator[tuple[str, str, int]]:
    """The published list of (salt, choice, group index), by salt, which is a shuffle; errors as in `result`."""
    _closed(conn, number)
    return published.choices(conn, number)


def frozen_terms(conn: Connection, number: int) -> str | None:
    """The canonical JSON whose SHA-256 is on the record since opening; None for a draft."""
    return store.frozen_terms(conn, number)


def electors(conn: Connection, number: int) -> int:
    """How many electors were frozen with an opened poll's terms."""
    found: int = json.loads(frozen_terms(conn, number) or "{}")["electors"]
    return found


def _closed(conn: Connection, number: int) -> None:
    state = poll(conn, number).state
    if state is PollState.VOID:
        raise RuleError("poll_void", poll=number)
    if state is not PollState.CLOSED:
        raise RuleError("result_not_yet", poll=number)
