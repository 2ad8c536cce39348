"""What can be drawn and what cannot, with the reason; digits of lotteries; when a round of drand comes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from gateway.kernel.errors import GatewayError, InputError, RuleError
from gateway.panels import sources
from gateway.panels.lottery import CHAINS
from gateway.panels.model import (
    Attribute,
    Candidate,
    PoolRule,
    SeatRule,
    age_band,
    check_draft,
    make_plan,
    number_households,
    panel_asked_by,
    read_digits,
)
from tests.panels.beacons import DEFAULT_1, QUICKNET, ROUND
from tests.panels.pools import a_draft, a_pool, synthetic_village


def person(at: int, *, household: str = "", group: str = "g", age: int | None = 40) -> Candidate:
    return Candidate(at, f"{at:05}", household, group, "female", age, away=False)


def refused(people: list[Candidate], **terms: Any) -> RuleError:
    with pytest.raises(RuleError) as caught:
        make_plan(a_draft(**terms), people)
    return caught.value


def test_pool_rule_chooses_by_group_age_and_place() -> None:
    people = a_pool(200)
    pool = make_plan(a_draft(pool=PoolRule(("g1",), 30, away=True)), people).people
    assert pool
    assert all(one.group == "g1" and one.away and (one.age is None or one.age >= 30) for one in pool)
    assert len(pool) == sum(PoolRule(("g1",), 30, away=True).allows(one) for one in people)


def test_strata_have_labels_people_and_seats() -> None:
    people = [person(1, group="东"), person(2, group="东", age=70), person(3, group="西"), person(4, group="")]
    plan = make_plan(a_draft(seats=4, strata=(Attribute.GROUP, Attribute.AGE)), people)
    assert [(s.label, s.people, s.seats) for s in plan.strata] == [
        ("unknown/35-49", 1, 1), ("东/35-49", 1, 1), ("东/65+", 1, 1), ("西/35-49", 1, 1),
    ]  # fmt: skip
    assert [age_band(age) for age in (None, 18, 34, 35, 50, 64, 65, 99)] == [
        "unknown", "18-34", "18-34", "35-49", "50-64", "50-64", "65+", "65+",
    ]  # fmt: skip


def test_household_without_a_name_is_one_of_its_own() -> None:
    assert number_households([person(1), person(2), person(3, household="h"), person(4, household="h")]) == [1, 2, 3, 3]


@pytest.mark.parametrize(
    ("terms", "people", "code", "params"),
    [
        ({}, [], "panel_pool_empty", {}),
        ({"seats": 3}, [person(1), person(2)], "panel_pool_short", {"seats": 3, "people": 2}),
        ({"seats": 2}, [person(i, household="h") for i in range(5)], "panel_households_short",
         {"seats": 2, "places": 1, "cap": 1}),
        ({"seats": 2, "rule": SeatRule.FIXED, "fixed": {"a": 1}, "strata": (Attribute.GROUP,)},
         [person(1, group="a"), person(2, group="a")], "panel_fixed_sum", {"sum": 1, "seats": 2}),
        ({"seats": 2, "rule": SeatRule.FIXED, "fixed": {"b": 2}, "strata": (Attribute.GROUP,)},
         [person(1, group="a"), person(2, group="a")], "panel_stratum_unknown", {"stratum": "b"}),
        ({"seats": 3, "rule": SeatRule.FIXED, "fixed": {"a": 2, "b": 1}, "strata": (Attribute.GROUP,)},
         [person(1, group="a"), *(person(i, group="b") for i in range(2, 5))], "panel_stratum_short",
         {"stratum": "a", "seats": 2, "people": 1}),
        ({"seats": 1, "strata": (Attribute.GROUP,)},
         [person(1, group="a"), *(person(i, group="b") for i in range(2, 9))], "panel_left_out", {"people": 1}),
        ({"seats": 4, "strata": (Attribute.GROUP,)},
         [*(person(i, group="a", household="h") for i in range(4)), *(person(i, group="b") for i in range(5, 9))],
         "panel_stratum_households", {"stratum": "a", "seats": 2, "places": 1, "cap": 1}),
    ],
)  # fmt: skip
def test_seats_that_cannot_be_filled_are_refused_with_the_reason(
    terms: dict[str, Any], people: list[Candidate], code: str, params: dict[str, Any]
) -> None:
    error = refused(people, **terms)
    assert (error.code, error.params) == (code, params)


def test_strata_that_need_the_same_households_are_refused() -> None:
    people = [
        *(person(i, group=f"g{i}", household="h") for i in range(3)),
        *(person(i + 10, group=f"g{i}", household="k") for i in range(3)),
    ]
    error = refused(people, seats=3, strata=(Attribute.GROUP,))
    assert (error.code, error.params) == ("panel_households_short", {"seats": 3, "places": 2, "cap": 1})
    spare = [person(i + 20, group="z") for i in range(3)]
    fixed = {"g0": 1, "g1": 1, "g2": 1}
    error = refused([*people, *spare], seats=4, strata=(Attribute.GROUP,), rule=SeatRule.FIXED, fixed=fixed | {"z": 1})
    assert (error.code, error.params) == ("panel_strata_clash", {"cap": 1})


def test_quotas_of_the_synthetic_village_are_met_or_refused(shared_data: Path) -> None:
    people = synthetic_village(shared_data)
    plan = make_plan(a_draft(seats=15, strata=(Attribute.AGE,), household_cap=1), people)
    assert sum(s.seats for s in plan.strata) == 15
    fixed = {"18-34": 5, "35-49": 5, "50-64": 5, "65+": 1}
    error = refused(people, seats=15, strata=(Attribute.AGE,), rule=SeatRule.FIXED, fixed=fixed)
    assert (error.code, error.params) == ("panel_fixed_sum", {"sum": 16, "seats": 15})


@pytest.mark.parametrize(
    ("terms", "code"),
    [
        ({"title": ""}, "panel_title_wrong"),
        ({"title": "长" * 61}, "panel_title_wrong"),
        ({"seats": 0}, "panel_seats_wrong"),
        ({"notice_minutes": 9}, "panel_notice_wrong"),
        ({"answer_hours": 0}, "panel_answer_wrong"),
        ({"rule": SeatRule.FIXED}, "panel_rule_wrong"),
        ({"fixed": {"a": 1}}, "panel_rule_wrong"),
    ],
)
def test_draft_that_makes_no_sense_is_refused(terms: dict[str, Any], code: str) -> None:
    with pytest.raises(InputError) as caught:
        check_draft(a_draft(**terms))
    assert caught.value.code == code


def test_digits_are_read_as_people_write_them() -> None:
    assert read_digits("３、１２，１５ + 08") == "3 12 15 / 8"
    assert read_digits(" 03 12/7 ") == "3 12 / 7"
    for text in ("", "三", "1 / ", "12a", "-1", "1234567890"):
        with pytest.raises(InputError):
            read_digits(text)


def test_subject_of_an_invitation_names_the_panel() -> None:
    assert panel_asked_by("panel", "panel:12") == 12
    assert panel_asked_by("poll", "poll:12") is None
    assert panel_asked_by("panel", "topic:12") is None


def test_rounds_come_at_their_time() -> None:
    genesis = datetime.fromtimestamp(CHAINS["quicknet"]["genesis"], UTC)
    assert sources.drand_round("quicknet", 1).at == genesis
    assert sources.drand_at("quicknet", genesis).round == 1
    assert sources.drand_at("quicknet", genesis + timedelta(seconds=3)).round == 2
    assert sources.drand_at("quicknet", genesis + timedelta(seconds=4)).round == 3
    assert sources.drand_at("default", genesis - timedelta(days=9999)).round == 1
    for chain, number in (("nonsense", 1), ("quicknet", 0)):
        with pytest.raises(InputError):
            sources.drand_round(chain, number)


def test_genuine_rounds_of_both_chains_are_taken() -> None:
    for number, response in QUICKNET.items():
        source = sources.drand_round("quicknet", number).as_json()
        assert len(sources.check_response(source, response)["randomness"]) == 64
    source = sources.drand_round("default", 1).as_json()
    assert sources.check_response(source, DEFAULT_1) == DEFAULT_1


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"round": ROUND + 1}, "panel_round_other"),
        ({"signature": QUICKNET[1000]["signature"]}, "panel_round_forged"),
        ({"signature": "c0" + "00" * 47}, "panel_round_forged"),
        ({"randomness": "00" * 32}, "panel_round_forged"),
        ({"signature": "81" * 48}, "panel_round_unreadable"),
        ({"signature": "zz"}, "panel_round_unreadable"),
        ({"signature": None}, "panel_round_unreadable"),
        ({"round": "x"}, "panel_round_unreadable"),
    ],
)
def test_forged_or_broken_round_is_refused(change: dict[str, Any], code: str) -> None:
    source = sources.drand_round("quicknet", ROUND).as_json()
    with pytest.raises(GatewayError) as caught:
        sources.check_response(source, QUICKNET[ROUND] | change)
    assert caught.value.code == code


def test_response_that_is_no_object_is_unreadable() -> None:
    for text in ("", "[]", "{", "<html>"):
        with pytest.raises(InputError):
            sources.read_response(text)
