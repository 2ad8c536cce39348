"""A poll with known votes, and everything that must be so after it was closed."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from gateway.kernel.ports import Ports
from gateway.messaging import views as messaging
from gateway.polls import views
from gateway.polls.model import PollState, Result, Stage
from gateway.record import views as record
from gateway.roll import views as roll
from tests.polls.village import Village, a_village, an_open_poll, rows_of, vote_all

# Ten, for of fewer ballots only the outcome is published.
CHOICES = ("yes", "yes", "no", "abstain", "yes") * 2
COUNTS = {"yes": 6, "no": 2, "abstain": 2}


def a_voted_poll(ports: Ports, **terms: Any) -> tuple[int, dict[int, str]]:
    """A poll of sixteen people, ten of whom voted; its number and their receipts."""
    with ports.db.read() as conn:
        there = roll.communities(conn)
        people = [one.resident_id for place in there for one in roll.electorate(conn, place.id)]
    village = Village(there[0].id, people) if there else a_village(ports, 16)
    number = an_open_poll(ports, village, **terms)
    return number, vote_all(ports, number, dict(zip(village.people, CHOICES, strict=False)))


def entries(ports: Ports, number: int) -> list[str]:
    with ports.db.read() as conn:
        return [entry.kind for entry in record.entries_about(conn, f"poll:{number}")]


def broadcasts_about(ports: Ports, number: int) -> int:
    with ports.db.read() as conn:
        found = messaging.broadcasts(conn)
        return sum(messaging.progress(conn, one.id).subject == f"poll:{number}" for one in found)


def stage_of(ports: Ports, number: int) -> tuple[PollState, Stage]:
    with ports.db.read() as conn:
        poll = views.poll(conn, number)
    return poll.state, poll.stage


def check_closed(ports: Ports, number: int, result: Result, receipts: Iterable[str]) -> None:
    """Everything that must be so after a closing, whatever happened on the way."""
    assert result.counts == COUNTS
    assert stage_of(ports, number) == (PollState.CLOSED, Stage.EMPTIED)
    assert entries(ports, number) == ["poll.opened", "poll.box", "poll.result"]
    assert broadcasts_about(ports, number) == 1
    assert rows_of(ports, "ballot_box", number) == []
    assert not ports.vault.names(f"poll-{number}")
    with ports.db.read() as conn:
        assert list(views.receipts(conn, number)) == sorted(receipts)
        assert sorted(choice for _, choice, _ in views.choices(conn, number)) == sorted(CHOICES)


def check_keys_in_time(ports: Ports, number: int) -> None:
    """The slot key dies only after the receipts are kept, the box key only after the tally is."""
    state, stage = stage_of(ports, number)
    if not ports.vault.holds(f"poll-{number}/slot") or ports.vault.get(f"poll-{number}/slot") == bytes(32):
        assert stage in {Stage.RECEIPTED, Stage.DECIDED, Stage.EMPTIED}
        assert len(rows_of(ports, "poll_receipt", number)) == len(CHOICES)
    if not ports.vault.holds(f"poll-{number}/box") or ports.vault.get(f"poll-{number}/box") == bytes(32):
        assert state is PollState.CLOSED
        assert len(rows_of(ports, "poll_result", number)) == 1
