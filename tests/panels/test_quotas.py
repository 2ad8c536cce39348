"""Quotas of single attributes: they hold, everybody alike has the same chance, what cannot be met says why, files check."""

from __future__ import annotations

import json
import os
import random
from collections import Counter
from collections.abc import Callable
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest

from gateway.kernel.errors import GatewayError
from gateway.kernel.ports import Ports
from gateway.panels import lottery
from gateway.panels.model import Attribute, Candidate, LotState, PanelDraft, Quota, make_plan, number_households
from gateway.panels.quotas import check_quotas, places_of, quota_terms
from gateway.wording.catalogue import Wording
from tests.fakes import StillClock
from tests.panels.again import redraw_with_quotas
from tests.panels.drawing import a_village_to_draw_from, answered, drawn, invited, published, with_state
from tests.panels.pools import a_draft, a_pool, synthetic_village, worst_deviation
from tests.panels.test_lottery import beacons

Figure = Callable[[str], None]
KEPT = Path(__file__).parent / "kept" / "panel-format-1.json"
GENDER, AGE, GROUP = Attribute.GENDER, Attribute.AGE, Attribute.GROUP


def quota_terms_of(draft: PanelDraft, people: list[Candidate]) -> dict[str, Any]:
    """What of a commitment with quotas the lottery looks at; GatewayError when it cannot be met."""
    plan = make_plan(draft, people)
    check_quotas(draft, plan)
    homes = number_households(plan.people)
    return {
        "panel": 1,
        "seats": draft.seats,
        "rule": str(draft.rule),
        "household_cap": draft.household_cap,
        "strata": [{"label": s.label, "people": s.people, "seats": s.seats} for s in plan.strata],
        "quotas": quota_terms(draft, plan),
        "pool": [
            [at + 1, plan.stratum_of[at], homes[at], "", places_of(draft.quotas, person)]
            for at, person in enumerate(plan.people)
        ],
    }


def refusal(draft: PanelDraft, people: list[Candidate]) -> str:
    with pytest.raises(GatewayError) as caught:
        check_quotas(draft, make_plan(draft, people))
    return str(caught.value)


def seated(terms: dict[str, Any], outcome: dict[str, Any]) -> list[list[Any]]:
    return [terms["pool"][lot - 1] for lot, verdict in outcome["order"] if verdict == lottery.SEAT]


def test_quotas_hold_and_whoever_is_alike_has_the_same_chance(shared_data: Path, figure: Figure) -> None:
    people = synthetic_village(shared_data)
    quotas = (
        Quota(GENDER, "F", 7, 8), Quota(GENDER, "M", 7, 8),
        Quota(AGE, "65+", 3, 6), Quota(AGE, "18-34", 2, 15),
    )  # fmt: skip
    draft = a_draft(seats=15, strata=(GROUP,), household_cap=1, quotas=quotas)
    terms = quota_terms_of(draft, people)
    rounds = 10_000 if os.environ.get("SOAK") else 40
    count, attempts = Counter[int](), Counter[int]()
    for key in beacons(rounds):
        outcome = lottery.draw(terms, key)
        mine = seated(terms, outcome)
        held = Counter(at for row in mine for at in row[4])
        assert len({row[2] for row in mine}) == len(mine) == 15
        assert all(q["least"] <= held[at] <= q["most"] for at, q in enumerate(terms["quotas"]))
        assert Counter(row[1] for row in mine) == Counter({at: s["seats"] for at, s in enumerate(terms["strata"])})
        count.update(row[0] for row in mine)
        attempts[outcome["attempt"]] += 1
    worst = worst_deviation(terms, count, rounds)
    assert worst < 4
    tries = sum(number * times for number, times in attempts.items()) / rounds
    figure(f"panels with quotas: over {rounds} beacons quotas, strata and households hold; whoever is alike has the "
           f"same chance within {worst:.2f} sigma; {tries:.2f} attempts a draw, {max(attempts)} at most")  # fmt: skip


def test_draws_with_quotas_agree_with_a_second_implementation(figure: Figure) -> None:
    dice = random.Random(17)
    agreed, refused = 0, 0
    while agreed < (1000 if os.environ.get("SOAK") else 30):
        people = a_pool(dice.randrange(12, 50), seed=dice.getrandbits(32), groups=2)
        seats = dice.randrange(3, 9)
        quotas = (
            Quota(GENDER, "female", dice.randrange(seats // 2), seats),
            Quota(GROUP, "g0", 1, dice.randrange(1, seats)),
        )
        draft = a_draft(seats=seats, household_cap=dice.randrange(3), quotas=quotas)
        try:
            terms = quota_terms_of(draft, people)
        except GatewayError:
            refused += 1
            continue
        key = beacons(1, dice.getrandbits(32))[0]
        outcome = lottery.draw(terms, key)
        assert [row[0] for row in seated(terms, outcome)] == redraw_with_quotas(terms, key)
        agreed += 1
    figure(f"panels with quotas: {agreed} random draws agree with a second implementation ({refused} plans refused)")


@pytest.mark.parametrize(
    ("quotas", "why"),
    [
        ((Quota(GENDER, "female", 5, 3),), "panel_quota_wrong"),
        ((Quota(GENDER, "female", 0, 3), Quota(GENDER, "female", 0, 3)), "panel_quota_wrong"),
        ((Quota(GENDER, "robot", 1, 3),), "panel_quota_unknown"),
        ((Quota(GENDER, "female", 0, 0),), "panel_quota_left_out"),
        ((Quota(GROUP, "rare", 4, 6),), "panel_quota_short"),
        ((Quota(GROUP, "one home", 2, 6),), "panel_quota_homes"),
        ((Quota(GENDER, "female", 4, 6), Quota(GENDER, "male", 4, 6)), "panel_quota_least_sum"),
        ((Quota(GENDER, "female", 0, 2), Quota(GENDER, "male", 0, 2)), "panel_quota_most_sum"),
    ],
)
def test_quota_that_cannot_be_met_says_why(quotas: tuple[Quota, ...], why: str) -> None:
    people = [Candidate(at, str(at), "", "many", ("female", "male")[at % 2], 40, False) for at in range(40)]
    people += [Candidate(100 + at, "", "", "rare", "female", 40, False) for at in range(3)]
    people += [Candidate(200 + at, "", "the same", "one home", "male", 40, False) for at in range(5)]
    assert refusal(a_draft(seats=6, quotas=quotas), people).startswith(why)


def test_quotas_that_clash_are_named() -> None:
    """All women are old and all men are young: four women and four of the young do not go into six seats."""
    people = [Candidate(at, str(at), "", "g", ("female", "male")[at % 2], (70, 25)[at % 2], False) for at in range(40)]
    quotas = (Quota(GENDER, "female", 4, 6), Quota(AGE, "18-34", 4, 6), Quota(GROUP, "g", 0, 6))
    assert refusal(a_draft(seats=6, quotas=quotas), people) == "panel_quotas_clash (quotas=gender, age)"


def test_reserve_keeps_the_quotas() -> None:
    terms = {
        "household_cap": 1, "seats": 2,
        "quotas": [{"attribute": "gender", "value": "female", "least": 1, "most": 1}],
        "pool": [[1, 0, 1, "", [0]], [2, 0, 2, "", []], [3, 0, 3, "", []], [4, 0, 4, "", [0]]],
    }  # fmt: skip
    order = [[1, "seat"], [2, "seat"], [3, "full"], [4, "quota"]]
    assert lottery.next_reserve(terms, order, {1: "declined", 2: "invited"}, 0) == 4, "a woman for the woman"
    assert lottery.next_reserve(terms, order, {1: "invited", 2: "silent"}, 0) == 3
    assert lottery.next_reserve(terms, order, {1: "declined", 2: "invited", 4: "declined"}, 0) == 0, "rather nobody"


TAMPERED: dict[str, Callable[[dict[str, Any]], Any]] = {
    "a lower least": lambda file: file["commitment"]["quotas"][0].update(least=0),
    "a higher most": lambda file: file["commitment"]["quotas"][0].update(most=9),
    "a quota left out": lambda file: file["commitment"]["quotas"].pop(),
    "no quotas at all": lambda file: file["commitment"].pop("quotas"),
    "another count": lambda file: file["commitment"]["quotas"][0].update(people=3),
    "somebody counted for no quota": lambda file: file["commitment"]["pool"][0].__setitem__(4, []),
    "somebody counted twice": lambda file: file["commitment"]["pool"][0].__setitem__(4, [0, 1]),
    "the older format": lambda file: file.update(format=lottery.FORMAT),
    "the older algorithm": lambda file: file["commitment"].update(algorithm=lottery.ALGORITHM),
    "another attempt": lambda file: file["result"].update(attempt=file["result"]["attempt"] + 1),
    "an unknown format": lambda file: file.update(format="xiangyin-panel/3"),
    "a seat moved": lambda file: file["result"]["order"][-1].__setitem__(1, "seat"),
}


def test_panel_with_quotas_is_drawn_published_and_checked(
    ports: Ports, clock: StillClock, wording: Wording, figure: Figure
) -> None:
    village = a_village_to_draw_from(ports)
    quotas = (Quota(GENDER, "female", 2, 2), Quota(GENDER, "male", 1, 2))
    number = drawn(ports, clock, village, strata=(), quotas=quotas)
    invited(ports, wording, number)
    answered(ports, wording, number, with_state(ports, number, LotState.INVITED)[0], False)
    for person in with_state(ports, number, LotState.INVITED):
        answered(ports, wording, number, person, True)
    file = published(ports, number)
    assert file["format"] == lottery.QUOTA_FORMAT
    assert set(lottery.verify(file).values()) == {True}
    members = [file["commitment"]["pool"][lot - 1] for lot in file["members"]]
    assert Counter(at for row in members for at in row[4])[0] == 2, "the seat that was given back went to the same"
    missed = []
    for name, tamper in TAMPERED.items():
        changed = deepcopy(file)
        tamper(changed)
        if changed == file or False not in lottery.verify(changed).values():
            missed.append(name)
    assert missed == []
    figure(f"panels with quotas: {len(TAMPERED)} of {len(TAMPERED)} ways to tamper with them are caught")


def test_file_of_the_first_format_still_verifies() -> None:
    """Published before there were quotas, and never to be written anew."""
    file = json.loads(KEPT.read_text(encoding="utf-8"))
    assert file["format"] == "xiangyin-panel/1"
    assert set(lottery.verify(file).values()) == {True}
