"""How fast and by whom: lines keep their rates and hold up nobody else, a carrier that fails is passed by and used again."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest

from gateway.carriers.port import Accepted, OutgoingCall, OutgoingText, SentItem
from gateway.carriers.priority import CarriersByPriority
from gateway.kernel.errors import CarrierError, InputError, Throttled, Unreachable
from gateway.kernel.pacing import LocalPacer
from gateway.kernel.phones import PhoneNumber
from gateway.kernel.ports import Ports
from gateway.messaging import actions, sending, views
from gateway.messaging.circuit import FIRST_REST, PROBE
from gateway.messaging.model import Rates
from gateway.messaging.sending import NO_LIMITS, Traffic
from gateway.roll.model import Channel
from tests.fakes import NOON, RecordingQueue, ScriptedCarrier
from tests.messaging.village import URLS, add_people, add_village, attempts, outbox_rows, start

OTHER_LINE = PhoneNumber("+8657100000002")


class RunningClock:
    """Seconds that pass only where somebody waits: for the gateway as moments, for the pacer as a number."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def now(self):
        return NOON + timedelta(seconds=self.seconds)

    def __call__(self) -> float:
        return self.seconds


class Waiting(threading.Event):
    """Lets the clock pass instead of waiting."""

    def __init__(self, clock: RunningClock) -> None:
        super().__init__()
        self._clock = clock

    def wait(self, timeout: float | None = None) -> bool:
        self._clock.seconds += timeout or 0
        return False


class Company(ScriptedCarrier):
    """A carrier that knows when it was sent what, and may be down or throttle."""

    def __init__(self, clock: RunningClock, account_id: str = "AC1") -> None:
        super().__init__()
        self.account_id = account_id
        self._clock = clock
        self.at: list[float] = []
        self.down = False
        self.asked: list[int] = []
        self.throttles = 0

    def send(self, batch: Sequence[OutgoingText | OutgoingCall]) -> list[Accepted | CarrierError]:
        self.asked.append(len(batch))
        return super().send(batch)

    def _send_one(self, item: OutgoingText | OutgoingCall) -> Accepted | CarrierError:
        if self.down:
            return Unreachable("carrier_unreachable")
        if self.throttles:
            self.throttles -= 1
            return Throttled("carrier_throttled")
        self.at.append(self._clock.seconds)
        return super()._send_one(item)


@pytest.fixture(autouse=True)
def small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sending, "BATCH", 20)


@pytest.fixture
def time_() -> RunningClock:
    return RunningClock()


@pytest.fixture
def moving(ports: Ports, time_: RunningClock) -> Ports:
    return replace(ports, clock=time_)


def send(ports: Ports, carrier: ScriptedCarrier, time_: RunningClock, usual: Rates, **more: object) -> int:
    traffic = Traffic.of(carrier, LocalPacer(clock=time_), usual, Waiting(time_))
    return send_with(ports, carrier, traffic, **more)


def send_with(ports: Ports, carrier: ScriptedCarrier, traffic: Traffic, queue: str = "bulk") -> int:
    return sending.send_due(ports, carrier=carrier, urls=URLS, queue=queue, traffic=traffic)


def test_line_keeps_its_rate(moving: Ports, time_: RunningClock) -> None:
    village = add_village(moving)
    start(moving, village, add_people(moving, village, 100))
    carrier = Company(time_)
    assert send(moving, carrier, time_, Rates(10, 1, 1)) == 100
    assert 9 <= carrier.at[-1] <= 11
    in_a_second = Counter(int(at) for at in carrier.at)
    assert max(in_a_second.values()) <= 12


def test_slow_line_holds_up_nobody_else(moving: Ports, time_: RunningClock) -> None:
    slow, quick = add_village(moving), add_village(moving, "shitan", OTHER_LINE)
    with moving.db.work() as tx:
        actions.set_rates(tx, slow, texts_per_second=1)
        tx.commit()
    start(moving, slow, add_people(moving, slow, 60))
    start(moving, quick, add_people(moving, quick, 50))
    carrier = Company(time_)
    send(moving, carrier, time_, Rates(100, 1, 1))
    times = {line: [at for at, item in zip(carrier.at, carrier.sent, strict=True) if item.sender == line]
             for line in {item.sender for item in carrier.sent}}  # fmt: skip
    assert len(times[OTHER_LINE]) == 50
    assert times[OTHER_LINE][-1] <= 1.5
    (slow_times,) = [at for line, at in times.items() if line != OTHER_LINE]
    assert 40 <= len(slow_times) <= 47


def test_huge_broadcast_does_not_starve_another_community(moving: Ports, time_: RunningClock) -> None:
    township, hamlet = add_village(moving), add_village(moving, "shitan", OTHER_LINE)
    start(moving, township, add_people(moving, township, 150))
    people = add_people(moving, hamlet, 20)
    for group in (people[:10], people[10:]):
        start(moving, hamlet, group)
    carrier = Company(time_)
    assert send(moving, carrier, time_, NO_LIMITS) == 170
    first = Counter(item.sender for item in carrier.sent[: 3 * sending.BATCH])
    assert first[OTHER_LINE] == 20


def test_urgent_does_not_stand_behind_bulk(moving: Ports, time_: RunningClock) -> None:
    village = add_village(moving)
    start(moving, village, add_people(moving, village, 60))
    start(moving, village, add_people(moving, village, 1), urgent=True)
    carrier = Company(time_)
    traffic = Traffic.of(carrier, LocalPacer(clock=time_), Rates(1, 1, 1), Waiting(time_))
    send_with(moving, carrier, traffic)
    begun = time_.seconds
    assert send_with(moving, carrier, traffic, "urgent") == 1
    assert time_.seconds - begun <= 0.1


def test_no_more_calls_at_once_than_the_line_has(moving: Ports, time_: RunningClock) -> None:
    village = add_village(moving)
    start(moving, village, add_people(moving, village, 10, channel=Channel.CALL))
    carrier = Company(time_)
    assert send(moving, carrier, time_, Rates(10, 100, 3)) == 3
    assert send(moving, carrier, time_, Rates(10, 100, 3)) == 0
    with moving.db.work() as tx:
        sending.attempts.end_call(tx, outbox_rows(moving)[0].id, moving.clock.now())
        tx.commit()
    assert send(moving, carrier, time_, Rates(10, 100, 3)) == 1


def test_throttled_line_rests_and_loses_nothing(moving: Ports, time_: RunningClock) -> None:
    village = add_village(moving)
    start(moving, village, add_people(moving, village, 50))
    carrier = Company(time_)
    carrier.throttles = 60
    assert send(moving, carrier, time_, Rates(100, 1, 1)) == 50
    assert len({item.to for item in carrier.sent}) == 50
    assert len(carrier.asked) < 30


def test_run_that_may_not_wait_asks_for_another(moving: Ports, time_: RunningClock, queue: RecordingQueue) -> None:
    village = add_village(moving)
    start(moving, village, add_people(moving, village, 5))
    carrier = Company(time_)
    queue.calls.clear()
    traffic = Traffic.of(carrier, LocalPacer(clock=time_), Rates(1, 1, 1))
    assert send_with(moving, carrier, traffic) == 1
    assert queue.calls == [("bulk", "send_due", ())]


def test_run_that_is_asked_to_stop_stops(moving: Ports, time_: RunningClock, queue: RecordingQueue) -> None:
    village = add_village(moving)
    start(moving, village, add_people(moving, village, 5))
    carrier = Company(time_)
    queue.calls.clear()
    stopping = threading.Event()
    stopping.set()
    assert send_with(moving, carrier, Traffic.of(carrier, LocalPacer(clock=time_), NO_LIMITS, stopping)) == 0
    assert queue.calls == [("bulk", "send_due", ())]


# --- two carriers ------------------------------------------------------------------------------------------------


def test_second_carrier_takes_over_and_the_first_comes_back(moving: Ports, time_: RunningClock) -> None:
    village = add_village(moving)
    first, second = Company(time_, "AC1"), Company(time_, "AC2")
    both = CarriersByPriority([first, second])
    traffic = Traffic.of(both, LocalPacer(clock=time_), NO_LIMITS, Waiting(time_))
    first.down = True
    start(moving, village, add_people(moving, village, 100))
    sent = send_with(moving, both, traffic)
    lost = sum(first.asked)
    assert sent == len(second.sent) == 100 - lost
    assert lost <= 2 * sending.BATCH
    unknown = [row for row in outbox_rows(moving) if row.state == "unknown"]
    assert {row.carrier for row in unknown} == {"AC1"}

    first.down = False
    first.asked.clear()
    time_.seconds += FIRST_REST + 1
    start(moving, village, add_people(moving, village, 60))
    assert send_with(moving, both, traffic) == 60
    assert first.asked[0] == PROBE
    assert len(first.sent) > 30


def test_carrier_that_stays_down_gets_only_a_few(moving: Ports, time_: RunningClock) -> None:
    village = add_village(moving)
    first, second = Company(time_, "AC1"), Company(time_, "AC2")
    both = CarriersByPriority([first, second])
    traffic = Traffic.of(both, LocalPacer(clock=time_), NO_LIMITS, Waiting(time_))
    first.down = True
    start(moving, village, add_people(moving, village, 10))
    send_with(moving, both, traffic)
    for _ in range(3):
        time_.seconds += FIRST_REST + 1
        first.asked.clear()
        start(moving, village, add_people(moving, village, 100))
        send_with(moving, both, traffic)
        assert sum(first.asked) <= PROBE


def test_unknown_outcome_is_asked_where_it_was_sent(moving: Ports, time_: RunningClock) -> None:
    village = add_village(moving)
    first, second = Company(time_, "AC1"), Company(time_, "AC2")
    both = CarriersByPriority([first, second])
    first.outcomes = [Unreachable("carrier_unreachable")]
    start(moving, village, add_people(moving, village, 1))
    sending.send_due(moving, carrier=both, urls=URLS, queue="bulk")
    (row,) = outbox_rows(moving)
    first.listed = [SentItem("SM1", URLS.text_status(row.id))]
    second.listed = [SentItem("SM2", URLS.text_status(row.id))]
    time_.seconds += 60
    assert sending.settle_unknown(moving, carrier=both, urls=URLS) == 1
    assert outbox_rows(moving)[0].carrier_id == "SM1"
    assert attempts(moving) == [("text", "accepted")]


def test_all_carriers_down_ends_the_run_and_keeps_the_rest(moving: Ports, time_: RunningClock) -> None:
    village = add_village(moving)
    carrier = Company(time_)
    carrier.down = True
    start(moving, village, add_people(moving, village, 60))
    assert send(moving, carrier, time_, NO_LIMITS) == 0
    states = Counter(state for _, state in attempts(moving))
    assert states["unknown"] <= 2 * sending.BATCH
    assert states["ready"] == 60 - states["unknown"]


# --- what is configured ------------------------------------------------------------------------------------------


def test_rates_of_a_community_stand_over_the_usual_ones(ports: Ports) -> None:
    village, usual = add_village(ports), Rates(1, 1, 2)
    with ports.db.work() as tx:
        assert views.rates_of(tx.connection, village, usual) == usual
        actions.set_rates(tx, village, texts_per_second=30)
        assert views.rates_of(tx.connection, village, usual) == Rates(30, 1, 2)
        actions.set_rates(tx, village, calls_per_second=0.5, calls_at_once=7)
        assert views.rates_of(tx.connection, village, usual) == Rates(1, 0.5, 7)
        with pytest.raises(InputError, match="rate_not_positive"):
            actions.set_rates(tx, village, calls_at_once=0)
