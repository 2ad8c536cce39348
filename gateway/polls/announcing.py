"""The words in which a result goes out: a text of at most two segments and a slow call, in every language there is."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import reduce

from gateway.messaging.segments import count_segments
from gateway.polls.model import ABSTAIN, SHARING_OUT, Lot, Method, Poll, Result, ThresholdBase, VoidReason
from gateway.polls.ruling import rule, rule_in_words
from gateway.polls.speaking import Speaker, sender, spoken
from gateway.wording.catalogue import Wording

__all__ = ["Announcement", "announce", "outcome_in_words", "result_call", "result_text", "rule_in_words", "sender"]

MOST_SEGMENTS = 2
# With so much room for the question there is room for more than the shortest words.
FULL_SENTENCES = 60
_ALL = 100


@dataclass(frozen=True)
class _Room:
    """How much is said: characters of the question and of each option, how many options; 0 is none of it."""

    question: int
    option: int
    options: int = _ALL


# From all of it to nothing but the poll's number, the leading options and the verdict.
_ROOMS = (
    *(_Room(*room) for room in ((200, 60), (60, 20), (40, 12), (30, 8), (20, 6), (14, 4), (10, 2), (6, 0), (0, 0))),
    *(_Room(0, 0, options) for options in (10, 6, 4, 2, 1, 0)),
)

# For the digits of the record the question gives way to 14 characters, then the digits to how to get them, then the
# question altogether, for which the poll's number stands; only then the words of options. The verdict never does.
_SHORTEST_QUESTION = 14
_READABLE = tuple(room for room in _ROOMS if room.question >= _SHORTEST_QUESTION)
_BARE = tuple(_Room(0, option) for option in (12, 8, 6, 4))


@dataclass(frozen=True)
class Announcement:
    """One message in all languages: as texts and as calls."""

    texts: dict[str, str] = field(repr=False)
    calls: dict[str, str] = field(repr=False)


def announce(
    poll: Poll, outcome: Result | VoidReason, village: str, *, wording: Wording, digits: str = ""
) -> Announcement:
    """A result, or that the poll is void, for the people of `village`.

    `digits`: the record's twelve in groups, which stand at the end of the texts; those without room for them say how to
    get them.
    """
    speakers = [Speaker(poll, village, language, wording) for language in wording.languages]
    return Announcement(
        texts={speaker.language: _text(speaker, outcome, digits) for speaker in speakers},
        calls={speaker.language: _call(speaker, outcome) for speaker in speakers},
    )


def result_text(poll: Poll, result: Result, village: str, language: str, *, wording: Wording, digits: str = "") -> str:
    """The result as one text in one language; `digits` as in `announce`."""
    return _text(Speaker(poll, village, language, wording), result, digits)


def result_call(poll: Poll, result: Result, village: str, language: str, *, wording: Wording) -> str:
    """The result as it is read out, in one language."""
    return _call(Speaker(poll, village, language, wording), result)


def outcome_in_words(poll: Poll, result: Result, language: str, *, wording: Wording) -> str:
    """What came of a poll, in full: what was adopted, chosen or paid for, and what hangs on a tie."""
    return _verdict(Speaker(poll, "", language, wording), result, _ROOMS[0])


def outages_in_words(poll: Poll, result: Result, language: str, *, wording: Wording) -> str:
    """What outages mean for a published result; "" where nobody was turned away."""
    found, speaker = result.outages, Speaker(poll, "", language, wording)
    if found is None or found.at_most == 0:
        return ""
    if found.doubt:
        return _doubted(speaker, result, "page", "")
    return speaker.say("doubt.none", people=found.at_most, margin=result.margin or 0)


def _text(speaker: Speaker, outcome: Result | VoidReason, digits: str) -> str:
    def write(room: _Room) -> str:
        if isinstance(outcome, VoidReason):
            return _void(speaker, outcome, "text", room)
        return _doubted(speaker, outcome, "text", _said(speaker, outcome, room))

    # A rehearsal ends with the words that it is one.
    return _fit(_forms(speaker, write, "" if speaker.poll.rehearsal else digits))


def _forms(speaker: Speaker, write: Callable[[_Room], str], digits: str) -> Iterator[str]:
    """From the fullest to the shortest, first those that tell of the record."""
    tries = (_READABLE, _BARE, *((room,) for room in _ROOMS)) if digits else ()
    for rooms in tries:
        yield from (speaker.say("recorded", result=write(room), digits=digits) for room in rooms)
        yield from (
            speaker.say("recorded_on_request", result=write(room), number=speaker.poll.number) for room in rooms
        )
    yield from map(write, _ROOMS)


def _said(speaker: Speaker, result: Result, room: _Room) -> str:
    return _sentence(speaker, result, "text" if room.question else "short", room)


def _doubted(speaker: Speaker, result: Result, form: str, said: str) -> str:
    """What was said and, where outages may have made another outcome, that and the proposal to vote again."""
    if result.outages is None or not result.outages.doubt:
        return said
    if result.outages.uncounted:
        return speaker.say(f"doubt.uncounted.{form}", result=said)
    return speaker.say(f"doubt.counted.{form}", result=said, people=result.outages.people)


def _call(speaker: Speaker, outcome: Result | VoidReason) -> str:
    if isinstance(outcome, VoidReason):
        words = _void(speaker, outcome, "call", _ROOMS[0])
    else:
        words = _doubted(speaker, outcome, "call", _sentence(speaker, outcome, "call", _ROOMS[0]))
    return spoken(speaker.poll, words, speaker.language, wording=speaker.wording)


def _fit(forms: Iterator[str]) -> str:
    """The first text that keeps to the segments allowed, else the last there is."""
    text = ""
    for text in forms:
        if count_segments(text).segments <= MOST_SEGMENTS:
            break
    return text


def _sentence(speaker: Speaker, result: Result, form: str, room: _Room) -> str:
    by_presence = result.threshold.base is ThresholdBase.PRESENT
    return speaker.say(
        f"{form}.{'present' if by_presence else 'participants'}",
        village=speaker.sender(),
        number=result.poll,
        question=speaker.question_aloud() if form == "call" else speaker.question(room.question),
        counts=_counts(speaker, result, form, room),
        eligible=result.eligible,
        attended=result.present if by_presence else result.participants,
        rule=rule(speaker, form),
        verdict=_verdict(speaker, result, room),
    )


def _void(speaker: Speaker, reason: VoidReason, form: str, room: _Room) -> str:
    return speaker.say(
        f"{form}.void",
        village=speaker.sender(),
        number=speaker.poll.number,
        question=speaker.question_aloud() if form == "call" else speaker.question(room.question),
        reason=speaker.say(f"void.{reason}"),
    )


def _counts(speaker: Speaker, result: Result, form: str, room: _Room) -> str:
    if result.withheld:
        return speaker.say("count.withheld")
    shown = list(speaker.poll.choices)
    if room.options < len(shown):
        # No room for all: those with most votes, and the rest is on the noticeboard.
        shown = sorted(speaker.poll.options, key=lambda option: -result.counts.get(option, 0))[: room.options]
    parts = [_count(speaker, choice, result.counts.get(choice, 0), room.option) for choice in shown]
    if len(shown) < len(speaker.poll.choices):
        parts.append(speaker.say("count.rest"))
    return _join(speaker, form, parts)


def _join(speaker: Speaker, form: str, parts: Sequence[str]) -> str:
    return reduce(lambda first, rest: speaker.say(f"{form}.join", first=first, rest=rest), parts)


def _count(speaker: Speaker, choice: str, votes: int, limit: int) -> str:
    if speaker.poll.method is Method.YESNO or choice == ABSTAIN:
        return speaker.say(f"count.{choice}", votes=votes)
    key = {Method.SCORE: "count.points", Method.RANKED: "count.first"}.get(speaker.poll.method, "count.option")
    return speaker.say(key, option=speaker.option(choice, limit), votes=votes)


def _verdict(speaker: Speaker, result: Result, room: _Room) -> str:
    said = _outcome(speaker, result, room)
    return speaker.say("verdict.rehearsal", verdict=said) if speaker.poll.rehearsal else said


def _outcome(speaker: Speaker, result: Result, room: _Room) -> str:
    if not result.quorum_reached:
        return speaker.say("verdict.quorum_missed")
    if speaker.poll.method is Method.YESNO:
        return speaker.say("verdict.adopted" if result.adopted else "verdict.rejected")
    if speaker.poll.counting in SHARING_OUT:
        return _funded(speaker, result, room)
    if result.is_tie:
        return _drawn(speaker, result.lot, room) if result.lot else _tie(speaker, result, room)
    if not result.adopted:
        return speaker.say("verdict.none_chosen")
    chosen = speaker.say("verdict.chosen", option=speaker.option(result.winners[0], room.option))
    return speaker.say(f"verdict.broken.{speaker.poll.tie_rule}", verdict=chosen) if result.broken else chosen


def _tie(speaker: Speaker, result: Result, room: _Room) -> str:
    return speaker.say(f"verdict.tie.{speaker.poll.tie_rule}", options=_named(speaker, result.tied, room))


def _drawn(speaker: Speaker, lot: Lot, room: _Room) -> str:
    """What the lot chose; where there is room, by the source that was fixed before opening."""
    form = "full" if room.question >= FULL_SENTENCES and room.options == _ALL else "short"
    return speaker.say(f"verdict.drawn.{form}", options=_named(speaker, lot.chosen, room), source=lot.source)


def _funded(speaker: Speaker, result: Result, room: _Room) -> str:
    if result.winners:
        spent = sum(speaker.poll.costs[int(option) - 1] for option in result.winners)
        said = speaker.say("verdict.funded", options=_named(speaker, result.winners, room), spent=spent)
    else:
        said = speaker.say("verdict.none_funded")
    if result.lot and result.lot.chosen:
        return speaker.say("verdict.funded_by_lot", verdict=said, options=_named(speaker, result.lot.chosen, room))
    if result.is_tie:
        return speaker.say("verdict.undecided", verdict=said, options=_named(speaker, result.tied, room))
    return speaker.say(f"verdict.broken.{speaker.poll.tie_rule}", verdict=said) if result.broken else said


def _named(speaker: Speaker, options: Sequence[str], room: _Room) -> str:
    if room.options == 0:
        return speaker.say("option.many", many=len(options))
    named = [speaker.option(option, room.option) for option in options]
    return reduce(lambda first, rest: speaker.say("option.and", first=first, rest=rest), named)
