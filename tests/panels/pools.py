"""Pools for draws: made up ones, and the synthetic village of the shared data."""

from __future__ import annotations

import csv
import math
import random
from collections import Counter, defaultdict
from pathlib import Path
from typing import Any

from gateway.panels.lottery import quotas_of
from gateway.panels.model import Attribute, Candidate, PanelDraft, PoolRule, SeatRule, make_plan, number_households

AGES = {"18-34": 25, "35-49": 40, "50-64": 55, "65+": 70}


def a_pool(people: int, *, seed: int = 1, households: int | None = None, groups: int = 3) -> list[Candidate]:
    """People of some groups, in households of all sizes."""
    dice = random.Random(seed)
    homes = households or max(1, people // 2)
    return [
        Candidate(
            resident_id=at + 1,
            code=f"{at:05}",
            household=f"h{dice.randrange(homes)}" if dice.random() < 0.9 else "",
            group=f"g{dice.randrange(groups)}",
            gender=dice.choice(["female", "male"]),
            age=dice.choice([None, *range(18, 90)]),
            away=dice.random() < 0.4,
        )
        for at in range(people)
    ]


def synthetic_village(shared: Path) -> list[Candidate]:
    """240 invented residents in households, of four hamlets."""
    with (shared / "sortition" / "village_synthetic" / "pool.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    return [
        Candidate(at, row["id"], row["household"], row["hamlet"], row["gender"], AGES[row["age"]], away=False)
        for at, row in enumerate(rows)
    ]


def a_draft(**terms: Any) -> PanelDraft:
    values: dict[str, Any] = {"community_id": 1, "title": "村口的路怎样修", "seats": 6, "pool": PoolRule()}
    return PanelDraft(**values | terms)


def terms_of(draft: PanelDraft, people: list[Candidate], panel: int = 1) -> dict[str, Any]:
    """What of a commitment the lottery itself looks at."""
    plan = make_plan(draft, people)
    homes = number_households(plan.people)
    return {
        "panel": panel,
        "seats": draft.seats,
        "rule": str(draft.rule),
        "household_cap": draft.household_cap,
        "strata": [{"label": s.label, "people": s.people, "seats": s.seats} for s in plan.strata],
        "pool": [[at + 1, plan.stratum_of[at], homes[at], ""] for at in range(len(plan.people))],
    }


def worst_deviation(terms: dict[str, Any], count: Counter[int], rounds: int) -> float:
    """How far anybody is from the mean of those in the very same position (stratum, quotas, household), in sigma."""
    homes = defaultdict(list)
    for row in terms["pool"]:
        homes[row[2]].append((row[1], tuple(quotas_of(row))))
    alike = defaultdict(list)
    for row in terms["pool"]:
        alike[row[1], tuple(quotas_of(row)), tuple(sorted(homes[row[2]]))].append(count[row[0]])
    worst = 0.0
    for counts in alike.values():
        chance = sum(counts) / len(counts) / rounds
        # The mean is taken from the same counts, which narrows what they may be off by.
        sigma = math.sqrt(rounds * chance * (1 - chance) * (1 - 1 / len(counts)))
        worst = max([worst, *(abs(one - rounds * chance) / sigma for one in counts if sigma)])
    return worst


__all__ = ["Attribute", "SeatRule", "a_draft", "a_pool", "synthetic_village", "terms_of", "worst_deviation"]
