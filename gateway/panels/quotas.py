"""Quotas of single attributes beside the strata: at least and at most so many women, so many from each hamlet.

What no draw could meet is refused with the reason: first what can be counted, then what trial draws show. The lottery
itself is in `lottery.py`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from gateway.kernel.errors import InputError, RuleError
from gateway.panels import lottery
from gateway.panels.model import Attribute, Candidate, PanelDraft, Plan, Quota, number_households, value_of

# So many trial draws, fewer from a large pool, of which so many must succeed: then a thousand attempts cannot all fail.
TRIALS, TRIALS_OF_MANY, MANY = 60, 12, 2000
LEAST_SUCCESS = 0.05


def places_of(quotas: Sequence[Quota], person: Candidate) -> list[int]:
    """The quotas for which a person counts, by their places."""
    return [at for at, quota in enumerate(quotas) if value_of(person, quota.attribute) == quota.value]


def check_quotas(draft: PanelDraft, plan: Plan) -> None:
    """Refuse, with the reason, quotas that no draw could meet.

    InputError("panel_quota_wrong"), RuleError: panel_quota_unknown, panel_quota_short, panel_quota_homes,
    panel_quota_left_out, panel_quota_least_sum, panel_quota_most_sum, panel_quotas_clash, panel_quotas_tight.
    """
    if not draft.quotas:
        return
    for quota in draft.quotas:
        _check_one(draft, plan, quota)
    for attribute in dict.fromkeys(quota.attribute for quota in draft.quotas):
        _check_attribute(draft, plan, attribute)
    share = _success(draft, plan, draft.quotas)
    if share == 0:
        raise RuleError("panel_quotas_clash", quotas=", ".join(_clashing(draft, plan)))
    if share < LEAST_SUCCESS:
        raise RuleError("panel_quotas_tight")


def quota_terms(draft: PanelDraft, plan: Plan) -> list[dict[str, Any]]:
    """The quotas as the commitment holds them, each with how many people of the pool count for it."""
    people = Counter(at for person in plan.people for at in places_of(draft.quotas, person))
    return [
        {"attribute": str(q.attribute), "value": q.value, "least": q.least, "most": q.most, "people": people[at]}
        for at, q in enumerate(draft.quotas)
    ]


def _check_one(draft: PanelDraft, plan: Plan, quota: Quota) -> None:
    same = [one for one in draft.quotas if (one.attribute, one.value) == (quota.attribute, quota.value)]
    if len(same) > 1 or not 0 <= quota.least <= quota.most:
        raise InputError("panel_quota_wrong", value=quota.value)
    theirs = [at for at, one in enumerate(plan.people) if value_of(one, quota.attribute) == quota.value]
    named: dict[str, str | int] = {"value": quota.value, "least": quota.least}
    if not theirs:
        raise RuleError("panel_quota_unknown", value=quota.value)
    if quota.most == 0:
        raise RuleError("panel_quota_left_out", value=quota.value, people=len(theirs))
    if len(theirs) < quota.least:
        raise RuleError("panel_quota_short", people=len(theirs), **named)
    homes = number_households(plan.people)
    cap = draft.household_cap
    places = sum(min(cap, count) for count in Counter(homes[at] for at in theirs).values()) if cap else len(theirs)
    if places < quota.least:
        raise RuleError("panel_quota_homes", places=places, cap=cap, **named)


def _check_attribute(draft: PanelDraft, plan: Plan, attribute: Attribute) -> None:
    quotas = [quota for quota in draft.quotas if quota.attribute is attribute]
    least = sum(quota.least for quota in quotas)
    if least > draft.seats:
        raise RuleError("panel_quota_least_sum", attribute=attribute, sum=least, seats=draft.seats)
    counts = Counter(value_of(person, attribute) for person in plan.people)
    limits = {quota.value: quota.most for quota in quotas}
    most = sum(min(count, limits.get(value, count)) for value, count in counts.items())
    if most < draft.seats:
        raise RuleError("panel_quota_most_sum", attribute=attribute, sum=most, seats=draft.seats)


def _success(draft: PanelDraft, plan: Plan, quotas: Sequence[Quota]) -> float:
    """Which part of trial draws meets these quotas."""
    homes = number_households(plan.people)
    terms = {
        "seats": draft.seats,
        "rule": str(draft.rule),
        "household_cap": draft.household_cap,
        "strata": [{"people": one.people, "seats": one.seats} for one in plan.strata],
        "quotas": [{"attribute": str(q.attribute), "least": q.least, "most": q.most} for q in quotas],
        "pool": [
            [at + 1, plan.stratum_of[at], homes[at], "", places_of(quotas, person)]
            for at, person in enumerate(plan.people)
        ],
    }
    trials = TRIALS if len(plan.people) <= MANY else TRIALS_OF_MANY
    keys = [f"trial {number}" for number in range(trials)]
    return sum(lottery.is_complete(terms, lottery.draw_once(terms, key)) for key in keys) / trials


def _clashing(draft: PanelDraft, plan: Plan) -> list[str]:
    """The attributes without whose quotas the others could be met; all of them where none alone is to blame."""
    names = list(dict.fromkeys(quota.attribute for quota in draft.quotas))
    to_blame = [
        str(name)
        for name in names
        if _success(draft, plan, [quota for quota in draft.quotas if quota.attribute is not name])
    ]
    return to_blame or [str(name) for name in names]
