"""Counting again from what was published: a poll out of its frozen terms; whether a result follows from ballots."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from fractions import Fraction
from typing import Any

from gateway.polls.counting.outcome import holds
from gateway.polls.counting.report import report
from gateway.polls.counting.tallies import Tally
from gateway.polls.counting.terms import terms_of
from gateway.polls.model import (
    Counting,
    GroupResult,
    Method,
    Poll,
    PollState,
    PollWording,
    Result,
    Stage,
    Threshold,
    ThresholdBase,
    TieRule,
)


def poll_of_terms(terms: Mapping[str, Any]) -> Poll:
    """The poll that the frozen terms describe. KeyError or ValueError when they are none."""
    wording = {
        language: PollWording(words["question"], tuple(words["options"]))
        for language, words in terms["wording"].items()
    }
    return Poll(
        number=terms["poll"],
        community_id=0,
        method=Method(terms["method"]),
        state=PollState.CLOSED,
        stage=Stage.EMPTIED,
        wording=wording,
        closes_at=datetime.fromisoformat(terms["closes_at"]),
        threshold=Threshold(ThresholdBase(terms["threshold"]["of"]), Fraction(terms["threshold"]["share"])),
        quorum=None if terms["quorum"] is None else Fraction(terms["quorum"]),
        by_group=bool(terms["groups"]),
        counting=Counting(terms["counting"]),
        tie_rule=TieRule(terms["ties"]),
        lot_source=terms["lot_source"],
        max_choices=terms["max_choices"],
        score_max=terms["score_max"],
        costs=tuple(terms["costs"]),
        budget=terms["budget"],
        knapsack=terms["knapsack"],
        least_votes=terms["least_votes"],
        exclusive=tuple(tuple(some) for some in terms["exclusive"]),
        rehearsal=terms["rehearsal"],
        extension_hours=terms.get("extension_hours", 0),
        groups=tuple(terms["groups"]),
    )


def agrees(poll: Poll, result: Result, counted: Sequence[Mapping[str, int]]) -> bool:
    """Whether `result` follows from ballots by choice: group by group and, last, those without a (published) group.

    How the rule came out in a withheld group cannot be seen; that it held in all is then believed, unless a group that
    is shown says otherwise.
    """
    *grouped, rest = counted
    groups = list(result.by_group.values())
    if not any(group.withheld for group in groups):
        shown = [_tally(group, counts) for group, counts in zip(groups, grouped, strict=True)]
        whole = shown if poll.by_group else [Tally(result.eligible, result.present, rest)]
        return _same(report(poll, whole), result)
    return _agrees_in_part(poll, result, grouped, rest)


def _agrees_in_part(poll: Poll, result: Result, grouped: Sequence[Mapping[str, int]], rest: Mapping[str, int]) -> bool:
    overall = Counter(rest)
    for counts in grouped:
        overall.update(counts)
    everybody = Tally(result.eligible, result.present, dict(overall))
    found = report(replace(poll, by_group=False), [everybody])
    if not _same(replace(found, by_group=result.by_group, adopted=result.adopted, margin=None), result):
        return False
    terms, groups = terms_of(poll), result.by_group.values()
    tied = frozenset(found.tied)
    winners = frozenset(found.winners) - tied
    held = [
        holds(_tally(group, counts), terms, winners, tied) == group.adopted
        for group, counts in zip(groups, grouped, strict=True)
        if not group.withheld
    ]
    failed = any(group.adopted is False for group in groups) or not found.quorum_reached
    return all(held) and not (result.adopted and failed)


def _same(found: Result, published: Result) -> bool:
    """Outages do not follow from ballots; results from before there were margins have none."""
    margin = None if published.margin is None else found.margin
    return replace(found, margin=margin, outages=published.outages) == published


def _tally(group: GroupResult, counts: Mapping[str, int]) -> Tally:
    return Tally(group.eligible, group.present, dict(counts))
