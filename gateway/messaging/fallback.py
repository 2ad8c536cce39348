"""What to do after an attempt failed: the same way again, another way, or give up. Pure.

The rules: an attempt counts only when the text went out or the telephone rang, and at most three count per channel;
an engaged line and a telephone without a signal have not rung.
A text that is not delivered after 15 minutes, or never will be, is followed by a call; three calls without an answer
by a text. Who has opted out at the carrier is left in peace. A text that may still arrive is not sent again.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from gateway.kernel.errors import BadNumber, CarrierError, Misconfigured, OptedOut, Rejected
from gateway.kernel.phones import PhoneNumber
from gateway.kernel.randomness import Randomness
from gateway.messaging.model import Reason
from gateway.roll.model import Channel

COUNTED_PER_CHANNEL = 3
# Whatever a carrier answers, one person's copy ends.
MOST_STEPS = 10
MOST_TRIES = 20

LATE_TEXT = timedelta(minutes=15)
LOST_TEXT = timedelta(hours=24)
LOST_CALL = timedelta(hours=2)


class Outcome(StrEnum):
    """How an attempt failed. LATE: a text without a receipt so far; LOST: none within a day; DECLINED: somebody
    refused the call by a key; MACHINE: an answering machine took it; NOT_HEARD: answered, but nobody listened."""

    LATE = "late"
    LOST = "lost"
    BUSY = "busy"
    NO_ANSWER = "no_answer"
    DECLINED = "declined"
    MACHINE = "machine"
    NOT_HEARD = "not_heard"
    FOR_NOW = "for_now"
    NOT_SENT = "not_sent"
    BAD_NUMBER = "bad_number"
    REJECTED = "rejected"
    OPTED_OUT = "opted_out"


# Outcomes of texts that went out, and of calls that rang: an engaged or unreachable telephone has not rung.
COUNTED: Mapping[Channel, frozenset[Outcome]] = {
    Channel.TEXT: frozenset({Outcome.LATE, Outcome.LOST, Outcome.FOR_NOW}),
    Channel.CALL: frozenset({Outcome.NO_ANSWER, Outcome.DECLINED, Outcome.MACHINE, Outcome.NOT_HEARD}),
}
# What does not count is not tried for ever either: each time after a longer wait, then by the other way.
MOST_UNCOUNTED = 5
LONGEST_WAIT = timedelta(hours=2)
# After these the channel is not used again: it refuses, or a text may still arrive.
_CLOSING = frozenset({Outcome.REJECTED, Outcome.NOT_SENT, Outcome.LATE, Outcome.LOST})
# After these the same channel is worth another try, so much later.
AGAIN_AFTER: Mapping[Outcome, timedelta] = {
    Outcome.BUSY: timedelta(minutes=5),
    Outcome.NO_ANSWER: timedelta(hours=2),
    Outcome.DECLINED: timedelta(hours=4),
    Outcome.MACHINE: timedelta(hours=2),
    Outcome.NOT_HEARD: timedelta(hours=2),
    Outcome.FOR_NOW: timedelta(hours=1),
}
GIVEN_UP: Mapping[Outcome, Reason] = {
    Outcome.LATE: Reason.NO_RECEIPT,
    Outcome.LOST: Reason.NO_RECEIPT,
    Outcome.BUSY: Reason.NO_ANSWER,
    Outcome.NO_ANSWER: Reason.NO_ANSWER,
    Outcome.DECLINED: Reason.NO_ANSWER,
    Outcome.MACHINE: Reason.NO_ANSWER,
    Outcome.NOT_HEARD: Reason.NO_ANSWER,
    Outcome.FOR_NOW: Reason.NO_ANSWER,
    Outcome.NOT_SENT: Reason.CARRIER,
    Outcome.BAD_NUMBER: Reason.BAD_NUMBER,
    Outcome.REJECTED: Reason.REJECTED,
    Outcome.OPTED_OUT: Reason.OPTED_OUT,
}


@dataclass(frozen=True)
class Way:
    """A channel to one telephone."""

    channel: Channel
    phone: PhoneNumber


@dataclass(frozen=True)
class Tried:
    """An attempt that is over, or late."""

    way: Way
    outcome: Outcome


@dataclass(frozen=True)
class TryAgain:
    """Make another attempt by `way`, not before `after` from now."""

    way: Way
    after: timedelta = timedelta()


@dataclass(frozen=True)
class GiveUp:
    """No way is left."""

    reason: Reason


def outcome_of(error: CarrierError, *, went_out: bool) -> Outcome:
    """What a carrier's refusal means for the next attempt; `went_out` when it came after the carrier's acceptance."""
    if isinstance(error, OptedOut):
        return Outcome.OPTED_OUT
    if isinstance(error, BadNumber):
        return Outcome.BAD_NUMBER
    if isinstance(error, Rejected | Misconfigured):
        return Outcome.REJECTED
    return Outcome.FOR_NOW if went_out else Outcome.NOT_SENT


def next_try(tried: Sequence[Tried], phones: Sequence[PhoneNumber], channels: Sequence[Channel]) -> TryAgain | GiveUp:
    """What follows the last of `tried`; `channels` are those that the broadcast has words for."""
    last = tried[-1]
    if last.outcome is Outcome.OPTED_OUT or len(tried) >= MOST_STEPS:
        return GiveUp(GIVEN_UP[last.outcome])
    open_ways = [way for way in _ways(phones, channels) if _is_open(way, tried)]
    same = [way for way in open_ways if way.channel is last.way.channel]
    others = [way for way in open_ways if way.channel is not last.way.channel or last.outcome is Outcome.BAD_NUMBER]
    if last.outcome in AGAIN_AFTER and same and (last.way.channel is Channel.CALL or not others):
        return TryAgain(_another_phone(last, same), _wait(last, tried))
    # The same telephone by the other channel, then the person's other telephones.
    others.sort(key=lambda way: (way.phone != last.way.phone, way.channel is last.way.channel))
    return TryAgain(others[0]) if others else GiveUp(GIVEN_UP[last.outcome])


def _ways(phones: Sequence[PhoneNumber], channels: Sequence[Channel]) -> list[Way]:
    return [Way(channel, phone) for phone in phones for channel in channels]


def _is_open(way: Way, tried: Sequence[Tried]) -> bool:
    """Whether a way may be used (again): not dead, its channel neither closed nor used up."""
    mine = [one for one in tried if one.way.channel is way.channel]
    dead = any(one.outcome is Outcome.BAD_NUMBER and one.way == way for one in mine)
    closed = any(one.outcome in _CLOSING for one in mine)
    counted = sum(one.outcome in COUNTED[way.channel] for one in mine)
    return not dead and not closed and counted < COUNTED_PER_CHANNEL and _uncounted(mine) < MOST_UNCOUNTED


def _uncounted(mine: Sequence[Tried]) -> int:
    return sum(one.outcome in AGAIN_AFTER and one.outcome not in COUNTED[one.way.channel] for one in mine)


def _wait(last: Tried, tried: Sequence[Tried]) -> timedelta:
    """How long until the same channel again: twice as long for each time that it did not even ring."""
    times = _uncounted([one for one in tried if one.way.channel is last.way.channel])
    doubled: timedelta = AGAIN_AFTER[last.outcome] * 2 ** max(0, times - 1)
    return min(doubled, LONGEST_WAIT) if last.outcome not in COUNTED[last.way.channel] else AGAIN_AFTER[last.outcome]


def _another_phone(last: Tried, ways: Sequence[Way]) -> Way:
    """Busy: the same telephone again. Otherwise the person's next one, if there is one."""
    phones = [way.phone for way in ways]
    if last.way.phone not in phones:
        return ways[0]
    here = phones.index(last.way.phone)
    return ways[here if last.outcome is Outcome.BUSY else (here + 1) % len(ways)]


def backoff(tries: int, *, randomness: Randomness) -> timedelta:
    """How long to wait after the `tries`-th "too fast" of the carrier: 0.2 s, 0.4 s … 10 min, half of it chance."""
    milliseconds = min(2 ** (tries - 1), 3000) * 200
    return timedelta(milliseconds=milliseconds // 2 + randomness.below(milliseconds // 2))
