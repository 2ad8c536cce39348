"""The lottery: RFC 3797's own vectors, a second implementation, fair frequencies, seats that hold."""

from __future__ import annotations

import csv
import hashlib
import json
import math
import os
import random
from collections import Counter
from collections.abc import Callable
from pathlib import Path

from gateway.kernel.errors import RuleError
from gateway.panels import lottery
from gateway.panels.model import Attribute, Candidate, SeatRule
from tests.panels.again import redraw
from tests.panels.pools import a_draft, a_pool, synthetic_village, terms_of, worst_deviation

Figure = Callable[[str], None]
BEACONS = 10_000


def beacons(count: int, seed: int = 7) -> list[str]:
    """Keys as drand's randomness makes them, for panel 1."""
    dice = random.Random(seed)
    return [lottery.key_of([[dice.getrandbits(256)], [1]]) for _ in range(count)]


def test_order_is_that_of_rfc_3797(shared_data: Path, figure: Figure) -> None:
    vectors = json.loads((shared_data / "sortition" / "rfc3797.json").read_text(encoding="utf-8"))
    for vector in vectors:
        key = lottery.key_of(vector["sources"])
        assert key == vector["key"]
        order = lottery.draw_order(key, vector["pool_size"], hashlib.md5)
        assert order[: len(vector["selected"])] == vector["selected"]
        steps = [f"{lottery.step_hash(key, step, hashlib.md5):032X}" for step in range(len(vector["md5_of_each_step"]))]
        assert steps == vector["md5_of_each_step"]
    figure(f"panels: {len(vectors)} of {len(vectors)} draws of RFC 3797 and the IETF come out the same, step by step")


def test_thousand_draws_agree_with_a_second_implementation(figure: Figure) -> None:
    dice = random.Random(3)
    rules = [SeatRule.LARGEST, SeatRule.DRAWN]
    choices = [(), (Attribute.GROUP,), (Attribute.GROUP, Attribute.GENDER), (Attribute.AWAY, Attribute.AGE)]
    agreed, refused = 0, 0
    while agreed < 1000:
        people = a_pool(dice.randrange(8, 60), seed=dice.getrandbits(32), groups=dice.randrange(1, 4))
        draft = a_draft(seats=dice.randrange(1, 12), strata=dice.choice(choices), rule=dice.choice(rules),
                        household_cap=dice.randrange(3))  # fmt: skip
        try:
            terms = terms_of(draft, people)
        except RuleError:
            refused += 1
            continue
        key = beacons(1, dice.getrandbits(32))[0]
        drawn = lottery.draw(terms, key)
        seats, order, seated = redraw(terms, key)
        assert drawn["seats"] == seats
        assert [lot for lot, _ in drawn["order"]] == order
        assert [lot for lot, verdict in drawn["order"] if verdict == lottery.SEAT] == seated
        assert len(seated) == draft.seats
        agreed += 1
    figure(f"panels: {agreed} random draws agree with a second implementation ({refused} plans refused as impossible)")


def test_frequencies_are_fair_and_quotas_hold_over_many_beacons(figure: Figure) -> None:
    people = a_pool(40, seed=5, households=400)
    draft = a_draft(seats=8, strata=(Attribute.GROUP, Attribute.GENDER), rule=SeatRule.DRAWN, household_cap=0)
    terms = terms_of(draft, people)
    exact = [8 * s["people"] / 40 for s in terms["strata"]]
    count = Counter[int]()
    for key in beacons(BEACONS):
        drawn = lottery.draw(terms, key)
        seated = [lot for lot, verdict in drawn["order"] if verdict == lottery.SEAT]
        held = Counter(terms["pool"][lot - 1][1] for lot in seated)
        assert all(math.floor(e) <= held[at] <= math.ceil(e) for at, e in enumerate(exact))
        count.update(seated)
    chance = 8 / 40
    sigma = math.sqrt(BEACONS * chance * (1 - chance))
    worst = max(abs(count[lot] - BEACONS * chance) for lot in range(1, 41)) / sigma
    assert worst < 4
    figure(
        f"panels: over {BEACONS} beacons everybody's frequency is within {worst:.2f} sigma of 0.2, quotas always hold"
    )


def test_largest_remainder_and_household_cap_hold_over_many_beacons(shared_data: Path, figure: Figure) -> None:
    people = synthetic_village(shared_data)
    terms = terms_of(a_draft(seats=15, strata=(Attribute.GROUP,), household_cap=1), people)
    rounds = BEACONS if os.environ.get("SOAK") else 200
    count = Counter[int]()
    for key in beacons(rounds):
        drawn = lottery.draw(terms, key)
        seated = [terms["pool"][lot - 1] for lot, verdict in drawn["order"] if verdict == lottery.SEAT]
        assert len({home for _, _, home, _ in seated}) == 15
        held = Counter(stratum for _, stratum, _, _ in seated)
        assert [held[at] for at in range(4)] == [s["seats"] for s in terms["strata"]]
        count.update(lot for lot, *_ in seated)
    worst = worst_deviation(terms, count, rounds)
    assert worst < 4
    figure(f"panels: 240 people, 15 seats, one a household: quotas and households hold over {rounds} beacons; "
           f"whoever is alike has the same chance within {worst:.2f} sigma")  # fmt: skip
    assert sum(count.values()) == 15 * rounds


def test_drawn_remainders_give_everybody_the_published_best_chance(shared_data: Path, figure: Figure) -> None:
    """The pool for which a simple greedy draw leaves one person almost without a chance (Flanigan et al. 2021)."""
    folder = shared_data / "sortition" / "gender_leaning_20_of_200"
    published = json.loads((folder / "published.json").read_text(encoding="utf-8"))
    with (folder / "pool.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    people = [Candidate(i, row["id"], "", row["leaning"], row["gender"], 40, False) for i, row in enumerate(rows)]
    draft = a_draft(seats=20, strata=(Attribute.GENDER, Attribute.GROUP), rule=SeatRule.DRAWN, household_cap=0)
    terms = terms_of(draft, people)
    alone = next(at for at, s in enumerate(terms["strata"]) if s["people"] == 1)
    rounds = 2000
    hits = 0
    for key in beacons(rounds):
        seats = lottery.seats_of(terms, key)
        hits += seats[alone]
        label = {s["label"]: seats[at] for at, s in enumerate(terms["strata"])}
        assert all(9 <= sum(n for name, n in label.items() if word in name.split("/")) <= 20
                   for word in ("female", "male", "liberal", "conservative"))  # fmt: skip
    best = published["leximin_min_probability"]
    assert abs(hits / rounds - best) < 4 * math.sqrt(best * (1 - best) / rounds)
    figure(f"panels: the one woman among 100 conservatives is drawn in {hits / rounds:.3f} of draws (LEXIMIN {best}, "
           f"LEGACY at most {published['legacy_min_probability_upper_99']}), all quotas held")  # fmt: skip


def test_seats_by_largest_remainder() -> None:
    assert lottery.share_seats([50, 30, 20], 10) == [5, 3, 2]
    assert lottery.share_seats([1, 1, 1], 2) == [1, 1, 0]
    assert lottery.share_seats([47, 16, 158, 12, 2], 100) == [20, 7, 67, 5, 1]


def test_same_beacon_gives_the_same_panel_and_another_panel_another() -> None:
    terms = terms_of(a_draft(strata=(Attribute.GROUP,)), a_pool(50))
    numbers = {"response": {"randomness": "ab" * 32}}
    first = {**terms, "source": {"kind": "drand"}, "panel": 1}
    assert lottery.draw(first, lottery.key_for(first, numbers)) == lottery.draw(first, lottery.key_for(first, numbers))
    second = {**first, "panel": 2}
    assert lottery.key_for(first, numbers) != lottery.key_for(second, numbers)


def test_digits_of_a_lottery_are_sources_of_their_own() -> None:
    terms = {"source": {"kind": "lottery"}, "panel": 3}
    assert lottery.key_for(terms, {"digits": "12 3 / 8"}) == "3.12./8./3./"


def test_person_who_would_leave_a_seat_empty_is_passed_over() -> None:
    """One household holds the only woman and a man: the man may come only where another woman is left."""
    terms = {
        "seats": 2, "rule": "fixed", "household_cap": 1, "panel": 1,
        "strata": [{"people": 1, "seats": 1}, {"people": 2, "seats": 1}],
        "pool": [[1, 0, 1, ""], [2, 1, 1, ""], [3, 1, 2, ""]],
    }  # fmt: skip
    for key in beacons(50):
        drawn = lottery.draw(terms, key)
        assert {lot for lot, verdict in drawn["order"] if verdict == lottery.SEAT} == {1, 3}
    passed = [dict(lottery.draw(terms, key)["order"])[2] for key in beacons(50)]
    assert lottery.NEEDED in passed


def test_reserve_is_the_next_of_the_stratum_whose_household_has_room() -> None:
    terms = {"household_cap": 1, "pool": [[1, 0, 1, ""], [2, 0, 1, ""], [3, 0, 2, ""], [4, 1, 3, ""]]}
    order = [[1, "seat"], [2, "household"], [4, "seat"], [3, "full"]]
    assert lottery.next_reserve(terms, order, {1: "invited", 4: "invited"}, 0) == 3
    assert lottery.next_reserve(terms, order, {1: "declined", 4: "invited"}, 0) == 2
    assert lottery.next_reserve(terms, order, {1: "declined", 2: "silent", 3: "accepted", 4: "invited"}, 0) == 0


def test_example_of_the_docs_holds() -> None:
    """docs/panels.md, "With a pencil": six people, two strata, 1 and 6 live together."""
    terms = {
        "seats": 3, "rule": "largest", "household_cap": 1, "panel": 3, "source": {"kind": "lottery"},
        "strata": [{"people": 4, "seats": 2}, {"people": 2, "seats": 1}],
        "pool": [[1, 0, 1, ""], [2, 1, 3, ""], [3, 0, 2, ""], [4, 0, 5, ""], [5, 1, 4, ""], [6, 0, 1, ""]],
    }  # fmt: skip
    key = lottery.key_for(terms, {"digits": "3 12 / 8"})
    page = (Path(lottery.__file__).parent.parent.parent / "docs" / "panels.md").read_text(encoding="utf-8")
    assert f"printf '\\x00\\x00{key}\\x00\\x00' | sha256sum" in page
    hashes = [f"{lottery.step_hash(key, step):064x}" for step in range(6)]
    assert all(f"`{found[:8]} … " in page for found in hashes)
    drawn = lottery.draw(terms, key)
    assert drawn["order"] == [[1, "seat"], [5, "seat"], [6, "household"], [3, "seat"], [2, "full"], [4, "full"]]
    states = {1: "invited", 5: "invited", 3: "declined"}
    assert lottery.next_reserve(terms, drawn["order"], states, 0) == 4
