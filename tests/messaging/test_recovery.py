"""Nothing lost, nobody twice: workers killed anywhere, an emptied queue, a carrier that does not say."""

from __future__ import annotations

from collections import Counter

import pytest

from gateway.carriers.port import OutgoingText, ReportedStatus, SentItem, StatusReport
from gateway.kernel.errors import Rejected, Unreachable
from gateway.kernel.ports import Ports
from gateway.messaging import actions, sending, settling, views
from tests.fakes import RecordingQueue, ScriptedCarrier, StillClock
from tests.messaging.village import (
    URLS,
    add_people,
    add_village,
    attempt_of,
    attempts,
    counts,
    outbox_rows,
    report,
    send,
    start,
    take_report,
)


class Killed(BaseException):
    """Stands for SIGKILL: nothing catches it, nothing runs after it."""


class KilledBefore(ScriptedCarrier):
    """The process dies when it is about to send."""

    def send(self, batch):  # type: ignore[no-untyped-def]
        raise Killed


class KilledAfter(ScriptedCarrier):
    """The process dies after the carrier took everything, before anything is recorded."""

    def send(self, batch):  # type: ignore[no-untyped-def]
        super().send(batch)
        raise Killed


def _settle(ports: Ports, carrier: ScriptedCarrier) -> int:
    return sending.settle_unknown(ports, carrier=carrier, urls=URLS)


def _kill(ports: Ports, carrier: ScriptedCarrier) -> None:
    with pytest.raises(Killed):
        send(ports, carrier)


def _listed(carrier: ScriptedCarrier, *, with_address: bool = True) -> list[SentItem]:
    return [
        SentItem(f"SM{i + 1:032x}", item.status_url if with_address else "", getattr(item, "body", ""))
        for i, item in enumerate(carrier.sent)
    ]


def test_worker_killed_between_claim_and_send_loses_nothing(
    ports: Ports, carrier: ScriptedCarrier, clock: StillClock, queue: RecordingQueue
) -> None:
    village = add_village(ports)
    key = start(ports, village, add_people(ports, village, 3))
    _kill(ports, KilledBefore())
    assert send(ports, carrier) == 0  # the lease holds
    clock.advance(seconds=151)
    queue.calls.clear()
    sending.sweep(ports)
    assert queue.calls == [("upkeep", "settle_unknown", ())]
    assert _settle(ports, carrier) == 3
    assert send(ports, carrier) == 3
    assert counts(ports, key) == (0, 3, 0, 0)


@pytest.mark.parametrize("with_address", [True, False])
def test_worker_killed_between_send_and_record_sends_nothing_twice(
    ports: Ports, carrier: ScriptedCarrier, clock: StillClock, with_address: bool
) -> None:
    village = add_village(ports)
    start(ports, village, add_people(ports, village, 1))
    dying = KilledAfter()
    _kill(ports, dying)
    clock.advance(seconds=151)
    sending.sweep(ports)
    carrier.listed = _listed(dying, with_address=with_address)
    assert _settle(ports, carrier) == 1
    assert send(ports, carrier) == 0
    assert attempts(ports) == [("text", "accepted")]
    assert outbox_rows(ports)[0].carrier_id == f"SM{1:032x}"


def test_listed_text_of_another_attempt_is_not_taken_for_ours(
    ports: Ports, carrier: ScriptedCarrier, clock: StillClock
) -> None:
    village = add_village(ports)
    person = add_people(ports, village, 1)
    start(ports, village, person)
    send(ports, carrier)
    known = _listed(carrier, with_address=False)
    start(ports, village, person)
    _kill(ports, KilledBefore())
    clock.advance(seconds=151)
    sending.sweep(ports)
    carrier.listed = known
    _settle(ports, carrier)
    assert send(ports, carrier) == 1


def test_worker_killed_after_a_report_arrived_keeps_the_report(
    ports: Ports, carrier: ScriptedCarrier, clock: StillClock
) -> None:
    village = add_village(ports)
    key = start(ports, village, add_people(ports, village, 1))
    dying = KilledAfter()
    _kill(ports, dying)
    take_report(ports, StatusReport(f"SM{1:032x}", ReportedStatus.DELIVERED), attempt_of(dying.sent[0]))
    clock.advance(minutes=30)
    sending.sweep(ports)
    assert _settle(ports, carrier) == 0
    assert send(ports, carrier) == 0
    assert counts(ports, key) == (1, 0, 0, 0)


def test_unknown_outcome_is_asked_before_it_is_sent_again(
    ports: Ports, carrier: ScriptedCarrier, clock: StillClock
) -> None:
    village = add_village(ports)
    start(ports, village, add_people(ports, village, 1))
    carrier.outcomes = [Unreachable("unreachable")]
    assert send(ports, carrier) == 0
    assert attempts(ports) == [("text", "unknown")]
    clock.advance(seconds=31)
    # Too early to be sure that the carrier would list it.
    assert _settle(ports, carrier) == 0
    assert attempts(ports) == [("text", "unknown")]
    clock.advance(minutes=2)
    assert _settle(ports, carrier) == 1
    assert send(ports, carrier) == 1


def test_unknown_outcome_is_settled_by_a_report_too(ports: Ports, carrier: ScriptedCarrier, clock: StillClock) -> None:
    village = add_village(ports)
    start(ports, village, add_people(ports, village, 1))
    carrier.outcomes = [Unreachable("unreachable")]
    send(ports, carrier)
    take_report(ports, StatusReport("SMx", ReportedStatus.SENT), outbox_rows(ports)[0].id)
    clock.advance(minutes=5)
    assert _settle(ports, carrier) == 0
    assert attempts(ports) == [("text", "sent")]


def test_unknown_outcome_is_flagged_when_the_carrier_cannot_be_asked(ports: Ports, clock: StillClock) -> None:
    class Deaf(ScriptedCarrier):
        asked = 0

        def find_sent(self, item, since):  # type: ignore[no-untyped-def]
            self.asked += 1
            raise Unreachable("unreachable")

    deaf = Deaf()
    village = add_village(ports)
    start(ports, village, add_people(ports, village, 30))
    deaf.outcomes = [Unreachable("unreachable")] * 30
    send(ports, deaf)
    for _ in range(11):
        clock.advance(minutes=1)
        _settle(ports, deaf)
    assert {row.state for row in outbox_rows(ports)} == {"unknown"}
    assert settling.UNRESOLVED in {row.error for row in outbox_rows(ports)}
    assert deaf.asked <= 30  # one refusal is enough for a piece
    with ports.db.read() as conn:
        assert views.counts_by_state(conn) == {"unknown": 30}


def test_unknown_call_is_not_placed_again_when_the_person_has_the_text(
    ports: Ports, carrier: ScriptedCarrier, clock: StillClock
) -> None:
    village = add_village(ports)
    key = start(ports, village, add_people(ports, village, 1))
    send(ports, carrier)
    clock.advance(minutes=15)
    sending.sweep(ports)
    carrier.outcomes = [Unreachable("unreachable")]
    send(ports, carrier)
    report(ports, carrier, 0, ReportedStatus.DELIVERED)
    clock.advance(minutes=5)
    _settle(ports, carrier)
    assert send(ports, carrier) == 0
    assert attempts(ports) == [("text", "delivered"), ("call", "failed")]
    assert counts(ports, key) == (1, 0, 0, 0)


def test_unknown_of_an_aborted_broadcast_is_held(ports: Ports, carrier: ScriptedCarrier, clock: StillClock) -> None:
    village = add_village(ports)
    key = start(ports, village, add_people(ports, village, 1))
    carrier.outcomes = [Unreachable("unreachable")]
    send(ports, carrier)
    with ports.db.work() as tx:
        actions.abort(tx, key)
        tx.commit()
    assert counts(ports, key) == (0, 1, 0, 0)
    clock.advance(minutes=5)
    _settle(ports, carrier)
    assert send(ports, carrier) == 0
    assert counts(ports, key) == (0, 0, 0, 1)


def test_emptied_queue_is_filled_again_by_the_sweep(
    ports: Ports, carrier: ScriptedCarrier, clock: StillClock, queue: RecordingQueue
) -> None:
    village = add_village(ports)
    bulk = start(ports, village, add_people(ports, village, 3))
    start(ports, village, add_people(ports, village, 1), urgent=True)
    queue.calls.clear()  # Redis was emptied
    sending.sweep(ports)
    assert queue.calls == [("bulk", "send_due", ()), ("urgent", "send_urgent", ())]
    assert send(ports, carrier) + send(ports, carrier, "urgent") == 4
    queue.calls.clear()
    sending.sweep(ports)
    assert queue.calls == []
    assert counts(ports, bulk) == (0, 3, 0, 0)


def test_sweep_of_a_whole_late_broadcast_calls_everybody_once(
    ports: Ports, carrier: ScriptedCarrier, clock: StillClock
) -> None:
    village = add_village(ports)
    start(ports, village, add_people(ports, village, 250))
    send(ports, carrier)
    clock.advance(minutes=15)
    sending.sweep(ports)
    sending.sweep(ports)
    send(ports, carrier)
    kinds = Counter((type(item), item.to) for item in carrier.sent)
    assert len(kinds) == 500
    assert set(kinds.values()) == {1}


def test_fallback_waits_for_the_hours_of_calls(ports: Ports, carrier: ScriptedCarrier, clock: StillClock) -> None:
    village = add_village(ports)
    clock.at = clock.at.replace(hour=12, minute=10)  # 20:10 in the village: texts only
    start(ports, village, add_people(ports, village, 1))
    send(ports, carrier)
    report(ports, carrier, 0, ReportedStatus.FAILED, Rejected("rejected"))
    assert send(ports, carrier) == 0
    clock.advance(hours=12)
    assert send(ports, carrier) == 1
    assert not isinstance(carrier.sent[1], OutgoingText)
