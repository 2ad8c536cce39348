"""The attack bench: nobody with everything but the vault guesses better than from the published result.

What has to hold (20 polls of 200 voters, two options): each attack's guesses are right at most 2.4 points more often
than "everybody chose as most did", and at most 35 of 4,000 slots are matched with their person (20 are by chance).
The same attacks read 95 of 100 choices of a naive poll, and 95 of 100 slots of one that updates box and roll together.
`SOAK=1` runs it at full length; otherwise it is smaller, and its bounds are as many standard deviations away.
"""

from __future__ import annotations

import math
import os
import random
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest
import redis

from gateway.kernel.ports import Ports
from gateway.wording.catalogue import Wording
from tests.polls.attack.elections import Place, Truth, former_poll, naive_poll, our_poll, rows_left
from tests.polls.attack.loot import Loot
from tests.polls.attack.strategies import ATTACKS, Guess, by_brute_force, by_redis, features, learn
from tests.polls.village import a_village

FULL = bool(os.environ.get("SOAK"))
POLLS, VOTERS = (20, 200) if FULL else (4, 40)
VOTES = POLLS * VOTERS
# 2.4 points and 35 hits are this many standard deviations at 20 polls of 200.
POINTS_ABOVE = 2.4 * math.sqrt(4000 / VOTES)
MOST_HITS = 35 if FULL else math.floor(POLLS + 15 * math.sqrt(POLLS / 20))
CONTROL = 95.0


@dataclass
class Score:
    """Of one attack over all polls."""

    right: int = 0
    hits: int = 0
    asked: int = 0

    def add(self, guess: Guess, truth: Truth) -> None:
        """Compare a guess with the truth; whoever is not guessed at is taken to be with the majority."""
        most = Counter(truth.choices.values()).most_common(1)[0][0]
        self.right += sum(guess.choices.get(person, most) == choice for person, choice in truth.choices.items())
        self.hits += sum(guess.slots.get(person) == slot for person, slot in truth.slots.items())
        self.asked += len(truth.choices)

    @property
    def accuracy(self) -> float:
        """How many choices of 100 were guessed right."""
        return 100 * self.right / self.asked


@pytest.fixture
def place(ports: Ports, wording: Wording, tmp_path: Path, redis_connection: redis.Redis) -> Place:
    return Place(ports, wording, a_village(ports, VOTERS), tmp_path, random.Random(20261124), redis_connection)


def test_attacks_on_our_polls_do_no_better_than_the_published_result(
    place: Place, figure: Callable[[str], None]
) -> None:
    scores = {attack.__name__: Score() for attack in ATTACKS}
    baseline = 0
    looted: list[tuple[Loot, Truth]] = []
    for _ in range(POLLS):
        loot, truth, keys = our_poll(place)
        check_loot(loot)
        for attack in ATTACKS:
            scores[attack.__name__].add(attack(loot), truth)
        check_attack_with_the_vault(loot, truth, keys)
        baseline += max(Counter(truth.choices.values()).values())
        assert rows_left(place.ports, loot.poll) == []
        looted.append((loot, truth))
    majority = 100 * baseline / VOTES
    name = database(place.ports)
    results = ", ".join(f"{n.removeprefix('by_')} {s.accuracy:.1f} %/{s.hits}" for n, s in scores.items())
    figure(f"attack bench on {name}, {POLLS} polls of {VOTERS}: majority {majority:.1f} %, slots by chance {POLLS}; "
           f"choices right/slots hit: {results}, learning {by_learning(looted):.1f} %")  # fmt: skip
    assert {n: s.accuracy for n, s in scores.items() if s.accuracy > majority + POINTS_ABOVE} == {}
    assert {n: s.hits for n, s in scores.items() if s.hits > MOST_HITS} == {}
    assert by_learning(looted) <= majority + POINTS_ABOVE * math.sqrt(2)


def check_loot(loot: Loot) -> None:
    """The attacker has what they should: envelopes, the filled box, choices, receipts, and all of them in the log."""
    assert len(loot.last("ballot_box")) == len(loot.last("poll_receipt")) == VOTERS
    assert {len(m.reply) > 0 for m in loot.messages} == {True}
    cast = [row for row in loot.backups[2]["participation"] if row.values["envelope"]]
    for blobs in (
        [bytes(row.values["envelope"]) for row in cast],
        [bytes(row.values["sealed"]) for row in loot.last("ballot_box")],
        [row.values["salt"].encode() for row in loot.last("poll_choice")],
    ):
        assert sum(loot.find(blob) >= 0 for blob in blobs) == VOTERS
    # Redis has the jobs, the failed one with its error, and their registries.
    for trace in (b"workers.jobs.close_poll", b"JobFailedError", b"rq:failed:upkeep", b"rq:queue:bulk"):
        assert trace in loot.redis


def check_attack_with_the_vault(loot: Loot, truth: Truth, keys: dict[str, bytes]) -> None:
    """Brute force is no blunt tool: with both keys it reads every ballot, with the slot key it finds every slot."""
    robbed = Loot(loot.poll, loot.people, backups=loot.backups, secrets=list(keys.values()))
    assert by_brute_force(robbed) == Guess(dict(truth.choices), dict(truth.slots))
    robbed.secrets = [keys["slot"]]
    assert by_brute_force(robbed) == Guess({}, dict(truth.slots))
    robbed.secrets = [keys["box"]]
    assert by_brute_force(robbed) == Guess()


def by_learning(looted: Sequence[tuple[Loot, Truth]]) -> float:
    """Half of the people are accomplices who tell what they chose; how many of 100 of the others are guessed right."""
    known, asked = [], []
    for loot, truth in looted:
        seen = features(loot)
        for place, (person, choice) in enumerate(truth.choices.items()):
            (asked if place % 2 else known).append((seen[person], choice))
    guesses = learn(known, [bits for bits, _ in asked])
    return 100 * sum(guess == choice for guess, (_, choice) in zip(guesses, asked, strict=True)) / len(asked)


def test_same_attacks_read_a_naive_poll(place: Place, figure: Callable[[str], None]) -> None:
    best: dict[str, Score] = {}
    loot, truth = naive_poll(place)
    for attack in (*ATTACKS[:6], by_redis):
        best.setdefault(attack.__name__, Score()).add(attack(loot), truth)
    readers = {name: score.accuracy for name, score in best.items() if score.accuracy >= CONTROL}
    figure(f"control, a naive poll on {database(place.ports)}: {percentages(readers)} of choices")
    expected = {
        "by_row_order",
        "by_time",
        "by_redis",
        *(() if place.ports.db.is_sqlite else ("by_transaction", "by_neighbourhood")),
    }
    assert set(readers) >= expected


def test_same_attacks_find_the_slots_of_a_poll_that_updates_box_and_roll_together(
    place: Place, figure: Callable[[str], None]
) -> None:
    loot, truth = former_poll(place)
    scores = {attack.__name__: Score() for attack in ATTACKS[:6]}
    for attack in ATTACKS[:6]:
        scores[attack.__name__].add(attack(loot), truth)
    found = {name: 100 * score.hits / VOTERS for name, score in scores.items() if score.hits >= CONTROL / 100 * VOTERS}
    figure(f"control, box and roll updated together on {database(place.ports)}: {percentages(found)} of slots")
    expected = {"by_time"} if place.ports.db.is_sqlite else {"by_time", "by_transaction", "by_neighbourhood"}
    assert set(found) >= expected


def database(ports: Ports) -> str:
    return "SQLite" if ports.db.is_sqlite else "PostgreSQL"


def percentages(shares: dict[str, float]) -> str:
    return ", ".join(f"{name.removeprefix('by_')} {share:.0f} %" for name, share in shares.items())
