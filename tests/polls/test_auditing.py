"""The published file: anybody can count it again, and whatever is changed in it shows."""

from __future__ import annotations

import json
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import pytest

from gateway.kernel.errors import InputError
from gateway.kernel.ports import Ports
from gateway.polls import closing, views
from gateway.polls.auditing import Audit, Check, audit
from gateway.polls.model import NO_GROUP, Counting, Method, Threshold, ThresholdBase, TieRule
from gateway.polls.publishing import published_poll
from gateway.wording.catalogue import Wording
from tests.polls.closings import a_voted_poll
from tests.polls.village import a_village, an_open_poll, vote_all

HALF = Threshold(ThresholdBase.PARTICIPANTS, Fraction(1, 2))
MOST = Threshold(ThresholdBase.PARTICIPANTS, Fraction(0))
SHARING = {"method": Method.BUDGET, "costs": (50, 60, 70), "budget": 120}
POLLS: list[tuple[dict[str, Any], tuple[str, ...]]] = [
    ({}, ("yes", "no", "abstain")),
    ({"options": "ABC", "threshold": HALF}, ("1", "2", "1")),
    ({"options": "ABC", "method": Method.APPROVAL, "max_choices": 2}, ("1,3", "2", "abstain")),
    ({"options": "ABC", "method": Method.SCORE, "threshold": MOST, "score_max": 9}, ("1=9,2=0", "3=4", "abstain")),
    ({"options": "ABC", "method": Method.RANKED, "threshold": MOST}, ("1>2", "3>2>1", "2")),
    ({"options": "ABC", "method": Method.RANKED, "threshold": MOST, "counting": Counting.SCHULZE}, ("1>2", "3>2", "2")),
    ({"options": "ABC", "method": Method.RANKED, "threshold": MOST, "counting": Counting.BORDA}, ("1>2", "3>2", "2")),
    ({"options": "ABC", **SHARING, "threshold": MOST, "knapsack": True}, ("1,2", "3", "abstain")),
    ({"options": "ABC", **SHARING, "threshold": MOST, "counting": Counting.EQUAL_SHARES}, ("1,2", "3", "1")),
    ({"options": "AB", "threshold": MOST, "tie_rule": TieRule.ORDER}, ("1", "2", "1", "2")),
]


def published(ports: Ports, wording: Wording, number: int) -> dict[str, Any]:
    closing.close_poll(number, ports=ports, wording=wording)
    with ports.db.read() as conn:
        return published_poll(conn, number)


def audited(file: dict[str, Any]) -> Audit:
    return audit(json.dumps(file))


def failing(file: dict[str, Any]) -> set[Check]:
    return {finding.check for finding in audited(file).findings if finding.holds is False}


@pytest.mark.one_database
@pytest.mark.parametrize(("terms", "choices"), POLLS)
def test_published_file_of_every_method_is_counted_again_to_the_same_result(
    ports: Ports, wording: Wording, terms: dict[str, Any], choices: tuple[str, ...]
) -> None:
    village = a_village(ports, 14)
    number = an_open_poll(ports, village, **terms)
    vote_all(ports, number, {who: choices[at % len(choices)] for at, who in enumerate(village.people[:12])})
    found = audited(published(ports, wording, number))
    assert [(finding.check, finding.holds) for finding in found.findings] == [(check, True) for check in Check]
    assert found.holds


def test_audit_of_few_voters_says_that_it_cannot_count(ports: Ports, wording: Wording) -> None:
    village = a_village(ports, 9)
    number = an_open_poll(ports, village)
    vote_all(ports, number, dict.fromkeys(village.people, "yes"))
    file = published(ports, wording, number)
    assert (file["choices"], file["result"]["counts"], file["result"]["winners"]) == ([], {}, ["yes"])
    found = audited(file)
    assert found.holds
    assert [finding.holds for finding in found.findings if finding.check is Check.COUNT] == [None]


def two_groups(ports: Ports, wording: Wording, small: tuple[str, ...]) -> dict[str, Any]:
    """Two groups, one of which voted as `small` says, the other with 7 yes and 2 no."""
    village = a_village(ports, 40, groups=("户", "外", "远"))
    number = an_open_poll(ports, village, by_group=True)
    large = ("yes",) * 7 + ("no",) * 2
    for group, votes in enumerate((large, (*large, "yes"), small)):
        vote_all(ports, number, dict(zip(village.people[group::3], votes, strict=False)))
    return published(ports, wording, number)


def test_small_group_is_withheld_with_another_and_the_file_still_holds(ports: Ports, wording: Wording) -> None:
    file = two_groups(ports, wording, ("yes", "yes", "no"))
    hidden = [name for name, group in file["result"]["by_group"].items() if group["adopted"] is None]
    assert len(hidden) == 2
    groups = [group for _, _, group in file["choices"]]
    assert groups.count(NO_GROUP) == 12
    assert len(set(groups)) == 2
    assert audited(file).holds


def test_breakdown_of_large_mixed_groups_is_published(ports: Ports, wording: Wording) -> None:
    file = two_groups(ports, wording, ("yes", "no", "no", "no", "no"))
    assert [group["adopted"] for group in file["result"]["by_group"].values()].count(False) == 1
    assert file["result"]["adopted"] is False
    assert audited(file).holds


def swap_a_choice(file: dict[str, Any]) -> None:
    file["choices"][0][1] = "no" if file["choices"][0][1] != "no" else "yes"


def add_a_ballot(file: dict[str, Any]) -> None:
    file["choices"].append(["00" * 16, "yes", 0])


def lose_a_receipt(file: dict[str, Any]) -> None:
    file["receipts"].pop()


def double_a_receipt(file: dict[str, Any]) -> None:
    file["receipts"][0] = file["receipts"][1]


def change_the_counts(file: dict[str, Any]) -> None:
    file["result"]["counts"]["yes"] += 1


def change_the_threshold(file: dict[str, Any]) -> None:
    file["terms"] = file["terms"].replace('"1/2"', '"2/3"')


def change_an_entry(file: dict[str, Any]) -> None:
    file["record"][1]["data"]["participants"] -= 1


def leave_out_an_entry(file: dict[str, Any]) -> None:
    del file["record"][2]


def change_the_head(file: dict[str, Any]) -> None:
    file["head"]["root"] = "00" * 32


@pytest.mark.one_database
@pytest.mark.parametrize(
    ("tamper", "checks"),
    [
        (swap_a_choice, {Check.CHOICES, Check.COUNT}),
        (add_a_ballot, {Check.CHOICES, Check.NUMBERS, Check.COUNT}),
        (lose_a_receipt, {Check.RECEIPTS}),
        (double_a_receipt, {Check.RECEIPTS}),
        (change_the_counts, {Check.COUNT}),
        (change_the_threshold, {Check.TERMS, Check.COUNT}),
        (change_an_entry, {Check.RECORD, Check.NUMBERS}),
        (leave_out_an_entry, {Check.RECORD, Check.RECEIPTS, Check.CHOICES, Check.COUNT}),
        (change_the_head, {Check.RECORD}),
    ],
)
def test_whatever_is_changed_shows(
    ports: Ports, wording: Wording, tamper: Callable[[dict[str, Any]], None], checks: set[Check]
) -> None:
    file = published(ports, wording, a_voted_poll(ports)[0])
    tamper(file)
    assert failing(file) == checks
    assert not audited(file).holds


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"format": "xiangyin-poll/1"}', '{"format": "x"}', "null", "\x00"])
def test_file_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(InputError, match="audit_file_unreadable"):
        audit(text)


def test_published_file_names_nobody(ports: Ports, wording: Wording) -> None:
    file = json.dumps(published(ports, wording, a_voted_poll(ports)[0]), ensure_ascii=False)
    assert "村民" not in file
    assert "+86138" not in file
    with ports.db.read() as conn:
        assert views.result(conn, 1).counts == {"yes": 6, "no": 2, "abstain": 2}
