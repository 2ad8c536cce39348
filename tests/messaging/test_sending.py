"""The sender: what each answer of the carrier leads to, and what must never go out."""

from __future__ import annotations

import threading
from collections import Counter

import pytest

from gateway.carriers.port import OutgoingCall, OutgoingText, ReportedStatus
from gateway.kernel.errors import BadNumber, Misconfigured, OptedOut, Rejected, Throttled, Unreachable
from gateway.kernel.ports import Ports
from gateway.messaging import sending
from gateway.messaging.model import BroadcastState
from gateway.roll import store as roll_store
from gateway.roll.actions import set_stop
from gateway.roll.model import Channel, StopKind
from tests.fakes import RecordingQueue, ScriptedCarrier, StillClock
from tests.messaging.village import (
    URLS,
    add_people,
    add_village,
    attempts,
    counts,
    hear,
    number_of,
    outbox_rows,
    progress,
    report,
    send,
    start,
)


def _one(ports: Ports, **more: object) -> int:
    village = add_village(ports)
    return start(ports, village, add_people(ports, village, 1, **more))


def test_sending_twice_sends_nothing_more(ports: Ports, carrier: ScriptedCarrier) -> None:
    _one(ports)
    assert (send(ports, carrier), send(ports, carrier)) == (1, 0)
    assert attempts(ports) == [("text", "accepted")]


def test_sending_again_after_too_fast_waits_and_counts_nothing(
    ports: Ports, carrier: ScriptedCarrier, clock: StillClock
) -> None:
    key = _one(ports)
    carrier.outcomes = [Throttled("throttled")] * 2
    assert send(ports, carrier) == 0
    assert send(ports, carrier) == 0
    clock.advance(seconds=4)
    assert send(ports, carrier) == 0
    clock.advance(seconds=8)
    assert send(ports, carrier) == 1
    assert attempts(ports) == [("text", "accepted")]
    assert counts(ports, key) == (0, 1, 0, 0)


def test_sending_again_waits_as_long_as_the_carrier_asks(
    ports: Ports, carrier: ScriptedCarrier, clock: StillClock
) -> None:
    _one(ports)
    refused = Throttled("throttled")
    refused.after = 30
    carrier.outcomes = [refused]
    send(ports, carrier)
    clock.advance(seconds=29)
    assert send(ports, carrier) == 0
    clock.advance(seconds=2)
    assert send(ports, carrier) == 1


def test_sending_gives_a_carrier_up_that_is_always_too_busy(
    ports: Ports, carrier: ScriptedCarrier, clock: StillClock
) -> None:
    village = add_village(ports)
    key = start(ports, village, add_people(ports, village, 1), calls={})
    carrier.outcomes = [Throttled("throttled")] * 100
    for _ in range(60):
        send(ports, carrier)
        clock.advance(minutes=5)
    assert [one.reason for one in progress(ports, key).unreached_people] == ["carrier"]
    assert len(carrier.outcomes) > 70


def test_sending_to_a_landline_calls_it_instead(ports: Ports, carrier: ScriptedCarrier) -> None:
    _one(ports)
    carrier.outcomes = [BadNumber("bad_number", carrier_code="21614")]
    assert send(ports, carrier) == 1
    assert isinstance(carrier.sent[0], OutgoingCall)
    assert attempts(ports) == [("text", "failed"), ("call", "accepted")]
    assert outbox_rows(ports)[0].error == "21614"


def test_sending_to_dead_numbers_ends_with_the_reason(ports: Ports, carrier: ScriptedCarrier) -> None:
    key = _one(ports, phones=2)
    carrier.outcomes = [BadNumber("bad_number")] * 4
    assert send(ports, carrier) == 0
    assert [one.reason for one in progress(ports, key).unreached_people] == ["bad_number"]
    assert len(carrier.outcomes) == 0


def test_sending_to_who_opted_out_ends_there(ports: Ports, carrier: ScriptedCarrier) -> None:
    key = _one(ports, phones=2)
    carrier.outcomes = [OptedOut("opted_out")]
    assert send(ports, carrier) == 0
    assert [one.reason for one in progress(ports, key).unreached_people] == ["opted_out"]
    assert len(attempts(ports)) == 1


def test_sending_what_is_refused_goes_the_other_way(ports: Ports, carrier: ScriptedCarrier) -> None:
    _one(ports)
    carrier.outcomes = [Rejected("rejected")]
    assert send(ports, carrier) == 1
    assert attempts(ports) == [("text", "failed"), ("call", "accepted")]


def test_sending_stops_for_the_operator_when_the_account_is_wrong(ports: Ports, carrier: ScriptedCarrier) -> None:
    village = add_village(ports)
    key = start(ports, village, add_people(ports, village, 200))
    carrier.outcomes = [Misconfigured("misconfigured", carrier_code="20003")] * 200
    assert send(ports, carrier) == 0
    assert progress(ports, key).state is BroadcastState.PAUSED
    assert set(attempts(ports)) == {("text", "ready")}


def test_sending_needs_a_line_of_the_community(ports: Ports, carrier: ScriptedCarrier) -> None:
    village = add_village(ports, line=None)
    key = start(ports, village, add_people(ports, village, 1))
    assert send(ports, carrier) == 0
    assert progress(ports, key).state is BroadcastState.PAUSED


def test_sending_asks_the_roll_as_it_stands_now(ports: Ports, carrier: ScriptedCarrier) -> None:
    village = add_village(ports)
    people = add_people(ports, village, 3)
    key = start(ports, village, people)
    with ports.db.work() as tx:
        set_stop(tx, people[0], StopKind.EVERYTHING)
        roll_store.delete_phones(tx, people[1])
        roll_store.insert_phones(tx, [{"resident_id": people[1], "number": "+8613911112222", "position": 0}])
        tx.commit()
    assert send(ports, carrier) == 2
    assert {item.to.e164 for item in carrier.sent} == {"+8613911112222", number_of(people[2]).e164}
    assert counts(ports, key) == (0, 2, 0, 1)


def test_sending_calls_only_allowed_prefixes(ports: Ports, carrier: ScriptedCarrier) -> None:
    village = add_village(ports)
    person = add_people(ports, village, 1, channel=Channel.CALL)
    key = start(ports, village, person, texts={})
    assert sending.send_due(ports, carrier=carrier, urls=URLS, queue="bulk", call_prefixes=["+852"]) == 0
    assert carrier.sent == []
    assert [one.reason for one in progress(ports, key).unreached_people] == ["bad_number"]


def test_sending_lets_a_small_broadcast_pass_between(ports: Ports) -> None:
    village = add_village(ports)
    start(ports, village, add_people(ports, village, 400))
    person = add_people(ports, village, 1)
    start(ports, village, person)
    batches: list[set[str]] = []

    class Watching(ScriptedCarrier):
        def send(self, batch):  # type: ignore[no-untyped-def]
            batches.append({item.to.e164 for item in batch})
            return super().send(batch)

    assert send(ports, Watching()) == 401
    assert any(number_of(person[0]).e164 in batch for batch in batches[:2])
    assert max(len(batch) for batch in batches) <= sending.BATCH


def test_sending_in_parallel_never_takes_the_same_row(ports: Ports) -> None:
    village = add_village(ports)
    key = start(ports, village, add_people(ports, village, 600))
    carriers = [ScriptedCarrier() for _ in range(4)]
    threads = [threading.Thread(target=send, args=(ports, carrier)) for carrier in carriers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    numbers = Counter(item.to for carrier in carriers for item in carrier.sent)
    assert len(numbers) == 600
    assert set(numbers.values()) == {1}
    assert counts(ports, key) == (0, 600, 0, 0)


def test_sending_asks_for_another_run_when_its_time_is_over(
    ports: Ports, clock: StillClock, queue: RecordingQueue
) -> None:
    class Slow(ScriptedCarrier):
        def send(self, batch):  # type: ignore[no-untyped-def]
            clock.advance(seconds=50)
            return super().send(batch)

    village = add_village(ports)
    start(ports, village, add_people(ports, village, 500))
    queue.calls.clear()
    assert send(ports, Slow()) < 500
    assert queue.calls == [("bulk", "send_due", ())]


@pytest.mark.one_database
def test_sending_to_1_000_people_ends_exactly(ports: Ports, carrier: ScriptedCarrier, clock: StillClock) -> None:
    """25 landlines, 25 opted out, one outcome unknown, every tenth text refused later; every call is heard."""
    village = add_village(ports)
    key = start(ports, village, add_people(ports, village, 1000))
    carrier.outcomes = [None, BadNumber("bad_number"), OptedOut("opted_out"), None] * 25 + [Unreachable("unreachable")]
    reported = 0
    for _ in range(4):
        send(ports, carrier)
        sending.settle_unknown(ports, carrier=carrier, urls=URLS)
        for index in range(reported, len(carrier.sent)):
            if isinstance(carrier.sent[index], OutgoingCall):
                hear(ports, carrier.sent[index])
            elif index % 10 == 0:
                report(ports, carrier, index, ReportedStatus.FAILED, Rejected("rejected"))
                continue
            report(ports, carrier, index, ReportedStatus.DELIVERED)
        reported = len(carrier.sent)
        clock.advance(minutes=3)
    sending.sweep(ports)
    for kind in (OutgoingText, OutgoingCall):
        assert set(Counter(item.to for item in carrier.sent if isinstance(item, kind)).values()) == {1}
    assert counts(ports, key) == (975, 0, 25, 0)
    found = progress(ports, key)
    assert {one.reason for one in found.unreached_people} == {"opted_out"}
    assert found.state is BroadcastState.FINISHED


@pytest.mark.parametrize("job", ["send", "sweep", "settle"])
def test_jobs_of_messaging_may_run_twice(ports: Ports, carrier: ScriptedCarrier, clock: StillClock, job: str) -> None:
    jobs = {
        "send": lambda: send(ports, carrier),
        "sweep": lambda: sending.sweep(ports),
        "settle": lambda: sending.settle_unknown(ports, carrier=carrier, urls=URLS),
    }
    village = add_village(ports)
    start(ports, village, add_people(ports, village, 5))
    carrier.outcomes = [Unreachable("unreachable"), None, None, None, None]
    if job != "send":
        send(ports, carrier)
        clock.advance(minutes=16)
    jobs[job]()
    before = outbox_rows(ports)
    jobs[job]()
    assert outbox_rows(ports) == before
