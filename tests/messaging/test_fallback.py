"""The pure rules of trying again: every end is reached, and nobody is pestered."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from gateway.kernel.errors import BadNumber, Misconfigured, OptedOut, Rejected, Throttled, Unreachable
from gateway.kernel.phones import PhoneNumber
from gateway.messaging.fallback import (
    COUNTED,
    COUNTED_PER_CHANNEL,
    MOST_UNCOUNTED,
    GiveUp,
    Outcome,
    Tried,
    TryAgain,
    Way,
    backoff,
    next_try,
    outcome_of,
)
from gateway.messaging.model import Reason
from gateway.roll.model import Channel
from tests.fakes import SeededRandomness

ONE, TWO = PhoneNumber("+8613000000001"), PhoneNumber("+8613000000002")
TEXT, CALL = Way(Channel.TEXT, ONE), Way(Channel.CALL, ONE)
BOTH = list(Channel)


def _next(*tried: tuple[Way, Outcome], phones: tuple[PhoneNumber, ...] = (ONE,)) -> TryAgain | GiveUp:
    return next_try([Tried(way, outcome) for way, outcome in tried], phones, BOTH)


def test_fallback_calls_after_a_text_that_is_late_or_will_never_arrive() -> None:
    for outcome in (
        Outcome.LATE,
        Outcome.LOST,
        Outcome.BAD_NUMBER,
        Outcome.REJECTED,
        Outcome.FOR_NOW,
        Outcome.NOT_SENT,
    ):
        assert _next((TEXT, outcome)) == TryAgain(CALL)


def test_fallback_texts_after_three_calls_without_an_answer() -> None:
    calls = [(CALL, Outcome.NO_ANSWER), (CALL, Outcome.NO_ANSWER), (CALL, Outcome.NOT_HEARD)]
    for made in (1, 2):
        decision = _next(*calls[:made])
        assert isinstance(decision, TryAgain)
        assert decision.way == CALL
    assert _next(*calls) == TryAgain(TEXT)


def test_fallback_counts_only_calls_that_rang_and_waits_longer_each_time_for_those_that_did_not() -> None:
    busy = [(CALL, Outcome.BUSY)]
    waits = []
    for made in range(1, MOST_UNCOUNTED):
        decision = _next(*busy * made)
        assert isinstance(decision, TryAgain)
        assert decision.way == CALL
        waits.append(decision.after.total_seconds() / 60)
    assert waits == [5, 10, 20, 40]
    assert _next(*busy * MOST_UNCOUNTED) == TryAgain(TEXT)
    rang = [(CALL, Outcome.BUSY), (CALL, Outcome.FOR_NOW), (CALL, Outcome.NO_ANSWER), (CALL, Outcome.NO_ANSWER)]
    decision = _next(*rang)
    assert isinstance(decision, TryAgain)
    assert decision.way == CALL


def test_fallback_waits_minutes_when_busy_and_hours_without_an_answer() -> None:
    busy, silent = _next((CALL, Outcome.BUSY)), _next((CALL, Outcome.NO_ANSWER))
    assert isinstance(busy, TryAgain) and isinstance(silent, TryAgain)
    assert busy.after.total_seconds() == 5 * 60
    assert silent.after.total_seconds() == 2 * 3600


def test_fallback_leaves_in_peace_who_has_opted_out() -> None:
    assert _next((TEXT, Outcome.OPTED_OUT), phones=(ONE, TWO)) == GiveUp(Reason.OPTED_OUT)


def test_fallback_tries_the_other_telephone_when_both_ways_to_the_first_are_dead() -> None:
    dead = [(TEXT, Outcome.BAD_NUMBER), (CALL, Outcome.BAD_NUMBER)]
    decision = _next(*dead, phones=(ONE, TWO))
    assert isinstance(decision, TryAgain)
    assert decision.way.phone == TWO
    assert _next(*dead) == GiveUp(Reason.BAD_NUMBER)


def test_fallback_never_repeats_a_text_that_may_still_arrive() -> None:
    tried = [(TEXT, Outcome.LATE), *[(CALL, Outcome.NO_ANSWER)] * 3]
    assert _next(*tried) == GiveUp(Reason.NO_ANSWER)


def test_fallback_stays_with_texts_when_there_are_no_words_for_a_call() -> None:
    tried = [Tried(TEXT, Outcome.FOR_NOW)]
    decision = next_try(tried, [ONE], [Channel.TEXT])
    assert isinstance(decision, TryAgain)
    assert decision.way == TEXT
    assert next_try(tried * 3, [ONE], [Channel.TEXT]) == GiveUp(Reason.NO_ANSWER)


@given(
    st.lists(st.sampled_from(list(Outcome)), min_size=40, max_size=40),
    st.sampled_from(BOTH),
    st.sampled_from([(ONE,), (ONE, TWO)]),
)
def test_fallback_always_ends_and_counts_three_attempts_per_channel_at_most(
    dealt: list[Outcome], first: Channel, phones: tuple[PhoneNumber, ...]
) -> None:
    tried: list[Tried] = []
    decision: TryAgain | GiveUp = TryAgain(Way(first, ONE))
    while isinstance(decision, TryAgain):
        assert decision.way.phone in phones
        tried.append(Tried(decision.way, dealt[len(tried)]))
        decision = next_try(tried, phones, BOTH)
    for channel in Channel:
        mine = [one for one in tried if one.way.channel is channel]
        assert sum(one.outcome in COUNTED[channel] for one in mine) <= COUNTED_PER_CHANNEL
    opted_out = [one.outcome is Outcome.OPTED_OUT for one in tried]
    assert not any(opted_out[:-1])


def test_outcome_of_every_refusal() -> None:
    assert outcome_of(OptedOut("x"), went_out=False) is Outcome.OPTED_OUT
    assert outcome_of(BadNumber("x"), went_out=True) is Outcome.BAD_NUMBER
    assert outcome_of(Rejected("x"), went_out=False) is Outcome.REJECTED
    assert outcome_of(Misconfigured("x"), went_out=True) is Outcome.REJECTED
    assert outcome_of(Throttled("x"), went_out=True) is Outcome.FOR_NOW
    assert outcome_of(Unreachable("x"), went_out=True) is Outcome.FOR_NOW
    assert outcome_of(Throttled("x"), went_out=False) is Outcome.NOT_SENT


def test_backoff_grows_with_chance_in_it_and_has_a_ceiling() -> None:
    randomness = SeededRandomness()
    waits = [backoff(tries, randomness=randomness).total_seconds() for tries in range(1, 30)]
    assert 0.1 <= waits[0] < 0.2
    assert waits[3] > waits[0]
    assert all(300 <= wait < 600 for wait in waits[12:])
    assert len(set(waits[12:])) > 1
