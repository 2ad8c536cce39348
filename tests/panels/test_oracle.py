"""The plan beside an independent program: what we call possible it can fill, what we refuse it refuses too.

sortition-algorithms is heavy and GPL-3, so it is never installed with us; where it is there, it is asked.
"""

from __future__ import annotations

import random
from collections.abc import Callable

import pytest

from gateway.kernel.errors import RuleError
from gateway.panels.model import Attribute, Candidate, SeatRule, label_of, make_plan, number_households
from tests.panels.pools import a_draft, a_pool

POOLS = 60


def possible_to_them(people: list[Candidate], fixed: dict[str, int], seats: int) -> bool:
    """Whether sortition-algorithms finds a panel with exactly these seats and one person from a household."""
    theirs = pytest.importorskip("sortition_algorithms", reason="sortition-algorithms (GPL-3, heavy) is not installed")
    head = ["id", "stratum", "home"]
    homes = number_households(people)
    rows = [
        {"id": str(at), "stratum": label_of(person, (Attribute.GROUP,)), "home": str(homes[at])}
        for at, person in enumerate(people)
    ]
    quotas = [
        {"feature": "stratum", "value": label, "min": str(count), "max": str(count)} for label, count in fixed.items()
    ]
    features, _, _ = theirs.read_in_features(["feature", "value", "min", "max"], quotas, seats)
    settings = theirs.Settings("id", ["home"], check_same_address=True, check_same_address_columns=["home"])
    pool, _ = theirs.read_in_people(head, rows, features, settings)
    try:
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
