"""Real elections, cast again by text and counted: 20 ranked, 3 approval, 31 budgets, 4 conversations.

Every different ballot is written as a text, read by the gateway's own parser, and all are counted by its own count. They are also
cast for real, text by text, into a poll that is opened and closed: all of an election that is no larger than a small town's, an
even sample of the others. `make elections` does it at full length and prints the table; the recorded votes of a parliament are
in test_divisions.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import pytest

from gateway.bootstrap import Gateway
from gateway.kernel.phones import PhoneNumber
from gateway.polls import closing
from gateway.polls.counting.schulze import condorcet_winner, duels
from gateway.polls.counting.tallies import rankings
from gateway.polls.model import Method, Result, Threshold, ThresholdBase
from tests.journeys.elections import reading
from tests.journeys.elections.reading import Election, Statement
from tests.journeys.elections.replaying import cast_by_text, counted, open_poll, people, replayed, understood
from tests.journeys.elections.table import row

FULL = bool(os.environ.get("SOAK"))
# How many different ballots of each election are written and read.
TEXTS = 10**9 if FULL else 25
# How many people there are to cast them for real, and how many cast those of an election that has more ballots.
TOWN = {"sqlite": 6000, "postgresql": 1000} if FULL else {"sqlite": 16, "postgresql": 16}
SAMPLE = {"sqlite": 1000, "postgresql": 100} if FULL else TOWN
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
    read = 0
    for election in found:
        texts = list(election.ballots)[:TEXTS]
        misread = understood(election, texts)
        assert (misread[:3], differences(election, counted(election))) == ([], []), election.title
        read += len(texts)
    figure(f"real elections: all {len(found)} have the published numbers and outcome; {read:,} different texts read")
    assert len(found) == (54 if FULL else 52)


def test_real_elections_cast_text_by_text_come_out_the_same(
    gateway: Gateway, shared_data: Path, figure: Callable[[str], None]
) -> None:
    found = elections(shared_data / "elections")
    if not FULL:
        by_method = {election.terms["method"]: election for election in found}
        found = list(by_method.values())[:: 1 if gateway.db.is_sqlite else 2]
    database = gateway.db.engine.dialect.name
    phones = people(gateway, TOWN[database])
    cast, whole = 0, 0
    for election in found:
        small = election.ballots.total() <= len(phones)
        result, sample = replayed(gateway, election, phones, len(phones) if small else SAMPLE[database])
        assert (result.counts, result.winners) == (
            counted(election, sample).counts,
            counted(election, sample).winners,
        ), election.title
        cast += sample.total()
        if small:
            whole += 1
            assert differences(election, result) == [], election.title
        held = ", ".join(election.published) if small else "the sample's own count"
        note = f" ({election.note})" if election.note else ""
        figure(row(election.kind, election.title, election.ballots.total(), sample.total(), database, held + note))
    figure(f"real ballots texted on {database}: {cast:,} in {len(found)} elections, {whole} of them as a whole")


def test_people_who_vote_again_in_a_conversation_are_counted_once(
    gateway: Gateway, shared_data: Path, figure: Callable[[str], None]
) -> None:
    if not (FULL or gateway.db.is_sqlite):
        pytest.skip("casting again is the same code on both databases and tested in tests/polls; all under SOAK")
    whole = FULL and gateway.db.is_sqlite
    for at, statements in enumerate(reading.conversations(shared_data / "elections" / "polis")):
        chosen = [one for one in statements if len({voter for voter, _ in one.votes}) >= 10]
        large = len(chosen)
        if not whole:
            chosen = sorted(chosen, key=lambda one: -one.again / len(one.votes))[:1]
        voters = sorted({voter for one in (statements if whole else chosen) for voter, _ in one.votes})
        # A village of its own: each of its polls lays out an envelope for everybody, and tells everybody the result.
        line = PhoneNumber(f"+865718888001{at}")
        number_of = dict(zip(voters, people(gateway, len(voters), line), strict=True))
        votes = sum(_replay(gateway, one, number_of, line) for one in chosen)
        again = sum(one.again for one in chosen)
        held = f"one person one vote in all {len(chosen)} of {large} statements with ten voters; {again} voted again"
        database = gateway.db.engine.dialect.name
        figure(row("conversation", statements[0].conversation, votes, votes, database, held))


def _replay(gateway: Gateway, statement: Statement, number_of: dict[int, PhoneNumber], line: PhoneNumber) -> int:
    title, terms = f"{statement.conversation} {statement.number}", {"method": Method.YESNO, "threshold": HALF}
    number = open_poll(gateway, terms, title, line=line)
    ballots = [(number_of[voter], choice) for voter, choice in statement.votes]
    assert cast_by_text(gateway, number, Method.YESNO, ballots, line) == len(ballots)
    result = closing.close_poll(number, ports=gateway.ports, wording=gateway.wording)
    assert result.counts == statement.counts, (statement.conversation, statement.number)
    return len(ballots)
