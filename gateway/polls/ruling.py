"""The rule of a poll in words: fixed before opening, read out with the question, repeated with the result."""

from __future__ import annotations

from fractions import Fraction

from gateway.polls.model import HALF, SHARING_OUT, Counting, Method, Poll, TieRule
from gateway.polls.speaking import Speaker
from gateway.wording.catalogue import Wording


def rule_in_words(poll: Poll, language: str, *, wording: Wording) -> str:
    """What the poll asks for and how it is counted, e.g. "over half of voters for it"."""
    return rule(Speaker(poll, "", language, wording), "text")


def counted_in_words(poll: Poll, language: str, *, wording: Wording) -> str:
    """How the poll is counted, without quorum, groups and ties."""
    speaker = Speaker(poll, "", language, wording)
    said = _what_wins(speaker, "text")
    return speaker.say("rule.least", rule=said, votes=poll.least_votes) if poll.least_votes else said


def rule(speaker: Speaker, form: str) -> str:
    """The rule for a `text`, a `call`, or the `short` one for a text without room."""
    if form == "short":
        return _short_rule(speaker)
    poll = speaker.poll
    said = _what_wins(speaker, form)
    if poll.by_group:
        said = speaker.say("rule.groups", rule=said)
    if poll.least_votes:
        said = speaker.say("rule.least", rule=said, votes=poll.least_votes)
    if poll.tie_rule is not TieRule.NONE:
        said = speaker.say(f"rule.ties.{poll.tie_rule}", rule=said)
    if poll.quorum == HALF:
        return speaker.say("rule.quorum_half", rule=said)
    if poll.quorum is not None:
        return speaker.say("rule.quorum_share", rule=said, share=_share(speaker, poll.quorum, form))
    return said


def _what_wins(speaker: Speaker, form: str) -> str:
    poll = speaker.poll
    if poll.counting is not Counting.MOST:
        return _counted(speaker)
    if poll.threshold.share == 0:
        return speaker.say("rule.most_points" if poll.method is Method.SCORE else "rule.most")
    what = speaker.say("rule.what.yesno" if poll.method is Method.YESNO else "rule.what.single")
    group = speaker.say(f"rule.of.{poll.threshold.base}")
    if poll.threshold.share == HALF:
        return speaker.say("rule.half", of=group, what=what)
    return speaker.say("rule.share", of=group, what=what, share=_share(speaker, poll.threshold.share, form))


def _counted(speaker: Speaker) -> str:
    poll = speaker.poll
    said = speaker.say(f"rule.by.{poll.counting}")
    return speaker.say("rule.budget", rule=said, budget=poll.budget or 0) if poll.counting in SHARING_OUT else said


def _short_rule(speaker: Speaker) -> str:
    poll = speaker.poll
    threshold = poll.threshold
    group = speaker.say(f"short.of.{threshold.base}")
    if poll.counting is not Counting.MOST:
        said = speaker.say(f"short.by.{poll.counting}")
    elif threshold.share == 0:
        said = speaker.say("short.most")
    elif threshold.share == HALF:
        said = speaker.say("short.half", of=group)
    else:
        share = threshold.share
        said = speaker.say("short.share", of=group, top=share.numerator, bottom=share.denominator)
    return speaker.say("short.groups", rule=said) if poll.by_group else said


def _share(speaker: Speaker, share: Fraction, form: str) -> str:
    return speaker.say(f"{form}.share", top=share.numerator, bottom=share.denominator)
