"""The words in which a result goes out: a text of at most two segments and a slow call, in every language there is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from fractions import Fraction
from functools import reduce

from gateway.messaging.segments import count_segments
from gateway.polls.model import ABSTAIN, HALF, Method, Poll, Result, ThresholdBase, VoidReason
from gateway.wording.catalogue import Wording

MOST_SEGMENTS = 2
# How much of the question and of each option is kept, from all of it to nothing but the poll's number.
_LIMITS = ((200, 60), (60, 20), (40, 12), (30, 8), (20, 6), (14, 4), (10, 2), (6, 0), (0, 0))


@dataclass(frozen=True)
class Announcement:
    """One message in all languages: as texts and as calls."""

    texts: dict[str, str] = field(repr=False)
    calls: dict[str, str] = field(repr=False)


@dataclass(frozen=True)
class _Speaker:
    """One poll's words in one language."""

    poll: Poll
    village: str
    language: str
    wording: Wording

    def say(self, key: str, **values: str | int) -> str:
        return self.wording.say(f"poll_result.{key}", self.language, **values)


def announce(poll: Poll, outcome: Result | VoidReason, village: str, *, wording: Wording) -> Announcement:
    """A result, or that the poll is void, for the people of `village`."""
    speakers = [_Speaker(poll, village, language, wording) for language in wording.languages]
    return Announcement(
        texts={speaker.language: _text(speaker, outcome) for speaker in speakers},
        calls={speaker.language: _call(speaker, outcome) for speaker in speakers},
    )


def result_text(poll: Poll, result: Result, village: str, language: str, *, wording: Wording) -> str:
    """The result as one text in one language."""
    return _text(_Speaker(poll, village, language, wording), result)


def rule_in_words(poll: Poll, language: str, *, wording: Wording) -> str:
    """What the poll asks for, e.g. "over half of voters for it"."""
    return _rule(_Speaker(poll, "", language, wording), "text")


def _text(speaker: _Speaker, outcome: Result | VoidReason) -> str:
    if isinstance(outcome, VoidReason):
        return _fit(lambda question, _option: _void(speaker, outcome, "text", question))
    return _fit(lambda question, option: _sentence(speaker, outcome, "text" if question else "short", question, option))


def _call(speaker: _Speaker, outcome: Result | VoidReason) -> str:
    question, option = _LIMITS[0]
    if isinstance(outcome, VoidReason):
        return _void(speaker, outcome, "call", question)
    return _sentence(speaker, outcome, "call", question, option)


def _fit(write: Callable[[int, int], str]) -> str:
    """The fullest text that keeps to the segments allowed, else the shortest there is."""
    text = ""
    for question, option in _LIMITS:
        text = write(question, option)
        if count_segments(text).segments <= MOST_SEGMENTS:
            break
    return text


def _sentence(speaker: _Speaker, result: Result, form: str, question: int, option: int) -> str:
    by_presence = result.threshold.base is ThresholdBase.PRESENT
    return speaker.say(
        f"{form}.{'present' if by_presence else 'participants'}",
        village=speaker.village,
        number=result.poll,
        question=_short(speaker, speaker.poll.words(speaker.language).question, question),
        counts=_counts(speaker, result, form, option),
        eligible=result.eligible,
        attended=result.present if by_presence else result.participants,
        rule=_rule(speaker, form),
        verdict=_verdict(speaker, result, option),
    )


def _void(speaker: _Speaker, reason: VoidReason, form: str, question: int) -> str:
    return speaker.say(
        f"{form}.void",
        village=speaker.village,
        number=speaker.poll.number,
        question=_short(speaker, speaker.poll.words(speaker.language).question, question),
        reason=speaker.say(f"void.{reason}"),
    )


def _counts(speaker: _Speaker, result: Result, form: str, limit: int) -> str:
    parts = [_count(speaker, choice, result.counts.get(choice, 0), limit) for choice in speaker.poll.choices]
    return reduce(lambda first, rest: speaker.say(f"{form}.join", first=first, rest=rest), parts)


def _count(speaker: _Speaker, choice: str, votes: int, limit: int) -> str:
    if speaker.poll.method is Method.YESNO or choice == ABSTAIN:
        return speaker.say(f"count.{choice}", votes=votes)
    return speaker.say("count.option", option=_option(speaker, choice, limit), votes=votes)


def _option(speaker: _Speaker, choice: str, limit: int) -> str:
    label = speaker.poll.words(speaker.language).options[int(choice) - 1]
    if limit == 0:
        return speaker.say("option.number", number=choice)
    return speaker.say("option.named", number=choice, label=_short(speaker, label, limit))


def _rule(speaker: _Speaker, form: str) -> str:
    if form == "short":
        return _short_rule(speaker)
    threshold, quorum = speaker.poll.threshold, speaker.poll.quorum
    what = speaker.say(f"rule.what.{speaker.poll.method}")
    group = speaker.say(f"rule.of.{threshold.base}")
    if threshold.share == 0:
        rule = speaker.say("rule.most")
    elif threshold.share == HALF:
        rule = speaker.say("rule.half", of=group, what=what)
    else:
        rule = speaker.say("rule.share", of=group, what=what, share=_share(speaker, threshold.share, form))
    if speaker.poll.by_group:
        rule = speaker.say("rule.groups", rule=rule)
    if quorum == HALF:
        rule = speaker.say("rule.quorum_half", rule=rule)
    elif quorum is not None:
        rule = speaker.say("rule.quorum_share", rule=rule, share=_share(speaker, quorum, form))
    return rule


def _short_rule(speaker: _Speaker) -> str:
    threshold = speaker.poll.threshold
    group = speaker.say(f"short.of.{threshold.base}")
    if threshold.share == 0:
        rule = speaker.say("short.most")
    elif threshold.share == HALF:
        rule = speaker.say("short.half", of=group)
    else:
        share = threshold.share
        rule = speaker.say("short.share", of=group, top=share.numerator, bottom=share.denominator)
    return speaker.say("short.groups", rule=rule) if speaker.poll.by_group else rule


def _share(speaker: _Speaker, share: Fraction, form: str) -> str:
    return speaker.say(f"{form}.share", top=share.numerator, bottom=share.denominator)


def _verdict(speaker: _Speaker, result: Result, limit: int) -> str:
    if not result.quorum_reached:
        return speaker.say("verdict.quorum_missed")
    if speaker.poll.method is Method.YESNO:
        return speaker.say("verdict.adopted" if result.adopted else "verdict.rejected")
    if result.is_tie:
        return speaker.say("verdict.tie")
    if not result.adopted:
        return speaker.say("verdict.none_chosen")
    return speaker.say("verdict.chosen", option=_option(speaker, result.winners[0], limit))


def _short(speaker: _Speaker, text: str, limit: int) -> str:
    return text if len(text) <= limit else speaker.say("shortened", text=text[:limit])
