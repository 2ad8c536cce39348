"""The form for a new poll, read: fields in, a draft out. What the draft may be is for the polls room to say."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from fractions import Fraction
from typing import Any
from zoneinfo import ZoneInfo

from gateway.kernel.errors import InputError
from gateway.polls.model import (
    ANY_LANGUAGE,
    Counting,
    Method,
    PollDraft,
    PollWording,
    Threshold,
    ThresholdBase,
    TieRule,
)
from gateway.roll.model import Community

# Methods in which a vote is for or against one option, so that a share of votes means something.
_WITH_THRESHOLD = (Method.YESNO, Method.SINGLE, Method.APPROVAL)


def read_draft(form: Mapping[str, str], community: Community, languages: Sequence[str]) -> PollDraft:
    """The draft that was filled in; the first of `languages` serves all that have no words of their own.

    Fields that belong to another method than the chosen one are left aside, as the form hides them.
    InputError: form_unreadable, form_time_unreadable.
    """
    try:
        method = Method(form.get("method", ""))
        base = ThresholdBase(form.get("of", ""))
        share = Fraction(form.get("share", "")) if method in _WITH_THRESHOLD else Fraction(0)
        quorum = Fraction(form["quorum"]) if form.get("quorum") else None
        ties = TieRule(form.get("ties") or "none")
        own = _own_terms(form, method)
    except (ValueError, ZeroDivisionError):
        raise InputError("form_unreadable") from None
    return PollDraft(
        community_id=community.id,
        method=method,
        wording=_wording(form, languages, method),
        closes_at=_moment(form.get("closes", ""), community.timezone),
        threshold=Threshold(base, share),
        quorum=quorum,
        by_group=form.get("by_group") == "yes",
        tie_rule=ties,
        lot_source=form.get("lot_source", "").strip() if ties is TieRule.LOT else "",
        rehearsal=form.get("rehearsal") == "yes",
        **own,
    )


def _own_terms(form: Mapping[str, str], method: Method) -> dict[str, Any]:
    terms: dict[str, Any] = {}
    if method in (Method.APPROVAL, Method.BUDGET) and form.get("max_choices", "").strip():
        terms["max_choices"] = int(form["max_choices"])
    if method is Method.SCORE and form.get("score_max", "").strip():
        terms["score_max"] = int(form["score_max"])
    if method is Method.RANKED and form.get("ranked_counting"):
        terms["counting"] = Counting(form["ranked_counting"])
    if method is Method.BUDGET:
        terms["counting"] = Counting(form.get("budget_counting") or "greedy")
        terms["budget"] = int(form.get("budget", "").strip() or 0)
        terms["costs"] = tuple(int(line) for line in form.get("costs", "").split())
        terms["knapsack"] = form.get("knapsack") == "yes"
    return terms


def _wording(form: Mapping[str, str], languages: Sequence[str], method: Method) -> dict[str, PollWording]:
    words = {language: _words(form, language, method) for language in languages}
    first, *others = languages
    wording = {ANY_LANGUAGE: words[first]}
    return wording | {language: words[language] for language in others if words[language].question}


def _words(form: Mapping[str, str], language: str, method: Method) -> PollWording:
    question = " ".join(form.get(f"question_{language}", "").split())
    lines = [] if method is Method.YESNO else form.get(f"options_{language}", "").splitlines()
    return PollWording(question, tuple(line.strip() for line in lines if line.strip()))


def _moment(text: str, timezone: str) -> datetime:
    """A local time of a form (`2026-12-01T20:00`) as aware UTC."""
    try:
        local = datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(timezone))
        return local.astimezone(UTC)
    except (ValueError, OverflowError):
        raise InputError("form_time_unreadable") from None
