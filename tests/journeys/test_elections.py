"""Real elections, cast again by text and counted: 20 ranked, 3 approval, 31 budgets, 4 conversations.

Every ballot is written as a text, read by the gateway's own parser and counted by its own count; a part of them is cast
for real, text by text, into a poll that is opened and closed. `make elections` does it at full length and prints the table;
the recorded votes of a parliament are in test_divisions.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import pytest

from gateway.bootstrap import Gateway
from gateway.polls import closing
from gateway.polls.counting.schulze import condorcet_winner, duels
from gateway.polls.counting.tallies import rankings
from gateway.polls.model import Method, Result, Threshold, ThresholdBase
from tests.journeys.elections import reading
from tests.journeys.elections.reading import Election, Statement
from tests.journeys.elections.replaying import cast_by_text, counted, open_poll, people, replayed, understood

FULL = bool(os.environ.get("SOAK"))
# How many different ballots of each election are written and read, and how many are cast for real.
TEXTS = 10**9 if FULL else 25
CASTS = 1000 if FULL else 16
# The method of equal shares takes seconds to count exactly.
SLOW = ("Poland Swiecie 2023", "Netherlands Assen 2024")
HALF = Threshold(ThresholdBase.PARTICIPANTS, Fraction(1, 2))


def elections(folder: Path) -> list[Election]:
    found = [
        *reading.ranked(folder / "ranked"),
        *reading.approval(folder / "approval"),
        *reading.budgets(folder / "pb"),
    ]
    return [one for one in found if FULL or one.title not in SLOW]


def differences(election: Election, result: Result) -> list[str]:
    """What of the published numbers and outcome the result does not have."""
    published = election.published
    checks = {
        "winners": lambda wanted: set(result.winners) == wanted and not result.tied,
        "votes": lambda wanted: {option: result.counts[option] for option in wanted} == wanted,
        "points": lambda wanted: {option: result.working["points"][option] for option in wanted} == wanted,
        "abstain": lambda wanted: result.counts["abstain"] == wanted,
        "rounds": lambda wanted: result.working["rounds"] == wanted,
        "condorcet": lambda wanted: [_condorcet(election)] == wanted,
    }
    return [name for name, wanted in published.items() if not checks[name](wanted)]


def _condorcet(election: Election) -> str | None:
    options = tuple(str(number) for number in range(1, len(election.options) + 1))
    return condorcet_winner(duels(rankings(election.ballots), options), options)


def test_real_elections_are_read_from_texts_and_counted_to_the_published_outcome(
    shared_data: Path, figure: Callable[[str], None]
) -> None:
    found = elections(shared_data / "elections")
    wrong = 0
    for election in found:
        texts = list(election.ballots)[:TEXTS]
        misread = understood(election, texts)
        differing = differences(election, counted(election))
        assert (misread[:3], differing) == ([], []), election.title
        wrong += bool(differing)
        named = ", ".join(name for name in election.published)
        figure(
            f"{election.kind:9} {election.title[:46]:46} {election.ballots.total():7} ballots, "
            f"{len(texts):6} different texts read; as published: {named}{'; ' + election.note if election.note else ''}"
        )
    figure(f"real elections: {len(found) - wrong} of {len(found)} have the published numbers and outcome")
    assert len(found) == (54 if FULL else 52)


def test_real_elections_cast_text_by_text_come_out_the_same(
    gateway: Gateway, shared_data: Path, figure: Callable[[str], None]
) -> None:
    found = elections(shared_data / "elections")
    if not FULL:
        by_method = {election.terms["method"]: election for election in found}
        found = list(by_method.values())[:: 1 if gateway.db.is_sqlite else 2]
    phones = people(gateway, CASTS)
    cast, whole = 0, 0
    for election in found:
        result, sample = replayed(gateway, election, phones, CASTS)
        assert (result.counts, result.winners) == (
            counted(election, sample).counts,
            counted(election, sample).winners,
        ), election.title
        cast += sample.total()
        if sample == election.ballots:
            whole += 1
            assert differences(election, result) == [], election.title
    figure(
        f"real ballots texted one by one on {gateway.db.engine.dialect.name}: {cast} in {len(found)} elections, "
        f"{whole} of them as a whole; all come out as published or as counted"
    )


def test_people_who_vote_again_in_a_conversation_are_counted_once(
    gateway: Gateway, shared_data: Path, figure: Callable[[str], None]
) -> None:
    if not (FULL or gateway.db.is_sqlite):
        pytest.skip("casting again is the same code on both databases and tested in tests/polls; all under SOAK")
    phones = None
    for statements in reading.conversations(shared_data / "elections" / "polis"):
        chosen = [one for one in statements if len({voter for voter, _ in one.votes}) >= 10]
        large = len(chosen)
        if not FULL:
            chosen = sorted(chosen, key=lambda one: -one.again / len(one.votes))[:1]
        voters = sorted({voter for one in (statements if FULL else chosen) for voter, _ in one.votes})
        if phones is None:
            phones = people(gateway, 2500 if FULL else 900)
        number_of = dict(zip(voters, phones, strict=False))
        votes = sum(_replay(gateway, one, number_of) for one in chosen)
        again = sum(one.again for one in chosen)
        figure(
            f"conversation {statements[0].conversation}: {len(chosen)} of the {large} statements with ten voters or more "
            f"(of {len(statements)}), {votes} votes by text, {again} of them again: one person one vote in every one"
        )


def _replay(gateway: Gateway, statement: Statement, number_of: dict[int, object]) -> int:
    number = open_poll(
        gateway, {"method": Method.YESNO, "threshold": HALF}, f"{statement.conversation} {statement.number}"
    )
    ballots = [(number_of[voter], choice) for voter, choice in statement.votes]
    assert cast_by_text(gateway, number, Method.YESNO, ballots) == len(ballots)  # type: ignore[arg-type]
    result = closing.close_poll(number, ports=gateway.ports, wording=gateway.wording)
    assert result.counts == statement.counts, (statement.conversation, statement.number)
    return len(ballots)
