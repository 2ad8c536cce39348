"""The form for a new poll, read: fields in, a draft out. What the draft may be is for the polls room to say."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from fractions import Fraction
from zoneinfo import ZoneInfo

from gateway.kernel.errors import InputError
from gateway.polls.model import ANY_LANGUAGE, Method, PollDraft, PollWording, Threshold, ThresholdBase
from gateway.roll.model import Community


def read_draft(form: Mapping[str, str], community: Community, languages: Sequence[str]) -> PollDraft:
    """The draft that was filled in; the first of `languages` serves all that have no words of their own.

    InputError: form_unreadable, form_time_unreadable.
    """
    try:
        method = Method(form.get("method", ""))
        base = ThresholdBase(form.get("of", ""))
        share = Fraction(form.get("share", ""))
        quorum = Fraction(form["quorum"]) if form.get("quorum") else None
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
    )


def _wording(form: Mapping[str, str], languages: Sequence[str], method: Method) -> dict[str, PollWording]:
    words = {language: _words(form, language, method) for language in languages}
    first, *others = languages
    wording = {ANY_LANGUAGE: words[first]}
    return wording | {language: words[language] for language in others if words[language].question}


def _words(form: Mapping[str, str], language: str, method: Method) -> PollWording:
    question = " ".join(form.get(f"question_{language}", "").split())
    lines = form.get(f"options_{language}", "").splitlines() if method is Method.SINGLE else []
    return PollWording(question, tuple(line.strip() for line in lines if line.strip()))


def _moment(text: str, timezone: str) -> datetime:
    """A local time of a form (`2026-12-01T20:00`) as aware UTC."""
    try:
        local = datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(timezone))
        return local.astimezone(UTC)
    except (ValueError, OverflowError):
        raise InputError("form_time_unreadable") from None
