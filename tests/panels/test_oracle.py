"""The plan beside an independent program: what we call possible it can fill, what we refuse it refuses too.

sortition-algorithms is heavy and GPL-3, so it is never installed with us; where it is there, it is asked.
"""

from __future__ import annotations

import random
from collections.abc import Callable

import pytest

from gateway.kernel.errors import RuleError
from gateway.panels.model import (
    Attribute,
    Candidate,
    Quota,
    SeatRule,
    label_of,
    make_plan,
    number_households,
    value_of,
)
from gateway.panels.quotas import check_quotas
from tests.panels.pools import a_draft, a_pool

POOLS = 60


def possible_to_them(people: list[Candidate], fixed: dict[str, int], seats: int) -> bool:
    """Whether sortition-algorithms finds a panel with exactly these seats and one person from a household."""
    quotas = [("stratum", label, count, count) for label, count in fixed.items()]
    values = [{"stratum": label_of(person, (Attribute.GROUP,))} for person in people]
    return meets_them(people, values, quotas, seats)


def meets_them(
    people: list[Candidate], values: list[dict[str, str]], quotas: list[tuple[str, str, int, int]], seats: int
) -> bool:
    """Whether it finds a panel that meets quotas (attribute, value, least, most), with one person from a household."""
    theirs = pytest.importorskip("sortition_algorithms", reason="sortition-algorithms (GPL-3, heavy) is not installed")
    homes = number_households(people)
    head = ["id", *values[0], "home"]
    rows = [{"id": str(at), **values[at], "home": str(homes[at])} for at in range(len(people))]
    listed = [
        {"feature": name, "value": value, "min": str(least), "max": str(most)} for name, value, least, most in quotas
    ]
    settings = theirs.Settings("id", ["home"], check_same_address=True, check_same_address_columns=["home"])
    try:
        features, _, _ = theirs.read_in_features(["feature", "value", "min", "max"], listed, seats)
        pool, _ = theirs.read_in_people(head, rows, features, settings)
        theirs.find_random_sample(features, pool, seats, ["home"], test_selection=True)
    except theirs.SortitionBaseError:
        return False
    return True


def test_what_can_be_filled_agrees_with_sortition_algorithms(figure: Callable[[str], None]) -> None:
    dice = random.Random(11)
    agreed, refused = 0, 0
    for _ in range(POOLS):
        people = a_pool(dice.randrange(8, 30), seed=dice.getrandbits(32), households=dice.randrange(4, 12), groups=3)
        labels = sorted({label_of(person, (Attribute.GROUP,)) for person in people})
        fixed = {label: dice.randrange(1, 4) for label in labels}
        seats = sum(fixed.values())
        draft = a_draft(seats=seats, strata=(Attribute.GROUP,), rule=SeatRule.FIXED, fixed=fixed)
        try:
            make_plan(draft, people)
            ours = True
        except RuleError:
            ours = False
            refused += 1
        assert possible_to_them(people, fixed, seats) == ours
        agreed += 1
    figure(f"panels: sortition-algorithms agrees on {agreed} of {POOLS} plans, {refused} of them impossible")


def test_quotas_that_can_be_met_agree_with_sortition_algorithms(figure: Callable[[str], None]) -> None:
    dice = random.Random(12)
    met, refused, tight = 0, 0, 0
    for _ in range(POOLS):
        people = a_pool(dice.randrange(10, 30), seed=dice.getrandbits(32), households=dice.randrange(4, 14), groups=3)
        seats = dice.randrange(3, 8)
        attributes = (Attribute.GROUP, Attribute.GENDER)
        values = [{str(name): value_of(person, name) for name in attributes} for person in people]
        quotas = [
            Quota(name, value, least := dice.randrange(3), max(least, 1) + dice.randrange(seats))
            for name in attributes
            for value in sorted({one[str(name)] for one in values})
        ]
        theirs = meets_them(people, values, [(str(q.attribute), q.value, q.least, q.most) for q in quotas], seats)
        draft = a_draft(seats=seats, quotas=tuple(quotas), household_cap=1)
        try:
            check_quotas(draft, make_plan(draft, people))
            met += 1
            assert theirs
        except RuleError as error:
            if error.code == "panel_quotas_tight":
                tight += 1
                continue
            refused += 1
            assert not theirs, error
    figure(
        f"panels with quotas: sortition-algorithms agrees on {met} that can be met and {refused} that cannot; {tight} "
        "that could be are refused as too tight"
    )
