"""Status reports: five copies of each, shuffled and days late, end in the same state."""

from __future__ import annotations

import random

import pytest

from gateway.carriers.port import OutgoingCall, ReportedStatus, StatusReport
from gateway.kernel.errors import BadNumber, OptedOut, Rejected, Unreachable
from gateway.kernel.ports import Ports
from gateway.messaging import sending
from gateway.messaging.model import BroadcastState
from gateway.roll.model import Channel
from tests.fakes import ScriptedCarrier, StillClock
from tests.messaging.village import (
    add_people,
    add_village,
    attempt_of,
    attempts,
    counts,
    hear,
    outbox_rows,
    outcomes,
    progress,
    report,
    send,
    start,
    take_report,
)

S = ReportedStatus


def _one(ports: Ports, carrier: ScriptedCarrier, **more: object) -> int:
    village = add_village(ports)
    key = start(ports, village, add_people(ports, village, 1, **more))
    send(ports, carrier)
    return key


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize(
    ("reported", "ends"),
    [
        ((S.ACCEPTED, S.SENT, S.DELIVERED), [("text", "delivered")]),
        ((S.ACCEPTED, S.SENT), [("text", "sent")]),
        ((S.ACCEPTED, S.SENT, S.FAILED), [("text", "failed"), ("call", "ready")]),
        # Parts of a long text: one arrived, one did not.
        ((S.SENT, S.DELIVERED, S.FAILED), [("text", "failed"), ("call", "ready")]),
    ],
)
def test_reports_in_any_order_and_number_end_in_one_state(
    ports: Ports, carrier: ScriptedCarrier, clock: StillClock, reported: list[S], ends: list[tuple[str, str]], seed: int
) -> None:
    key = _one(ports, carrier)
    copies = list(reported) * 5
    random.Random(seed).shuffle(copies)
    for status in copies:
        report(ports, carrier, 0, status, Unreachable("x") if status is S.FAILED else None)
    assert attempts(ports) == ends
    before = outbox_rows(ports)
    clock.advance(days=2)
    for status in copies:
        report(ports, carrier, 0, status, Unreachable("x") if status is S.FAILED else None)
    assert outbox_rows(ports) == before
    assert counts(ports, key) == ((1, 0, 0, 0) if ends[-1][1] == "delivered" else (0, 1, 0, 0))


def test_report_before_the_send_has_returned_is_kept(ports: Ports) -> None:
    village = add_village(ports)
    key = start(ports, village, add_people(ports, village, 1))

    class Quick(ScriptedCarrier):
        def send(self, batch):  # type: ignore[no-untyped-def]
            for item in batch:
                take_report(ports, StatusReport(f"SM{1:032x}", S.SENT), attempt_of(item))
                take_report(ports, StatusReport(f"SM{1:032x}", S.DELIVERED), attempt_of(item))
            return super().send(batch)

    send(ports, Quick())
    assert attempts(ports) == [("text", "delivered")]
    assert counts(ports, key) == (1, 0, 0, 0)


def test_report_about_something_unknown_changes_nothing(ports: Ports, carrier: ScriptedCarrier) -> None:
    _one(ports, carrier)
    before = outbox_rows(ports)
    for what, attempt_id in (
        (StatusReport("SMother", S.DELIVERED), 4711),
        (StatusReport("SMother", S.DELIVERED), before[0].id),
        (StatusReport("SMother", S.DELIVERED), None),
    ):
        take_report(ports, what, attempt_id)
    assert outbox_rows(ports) == before


def test_report_for_an_attempt_never_made_changes_nothing(ports: Ports) -> None:
    village = add_village(ports)
    start(ports, village, add_people(ports, village, 1))
    before = outbox_rows(ports)
    take_report(ports, StatusReport("SMold", S.DELIVERED), before[0].id)
    assert outbox_rows(ports) == before


def test_report_is_found_by_the_carriers_own_number_too(ports: Ports, carrier: ScriptedCarrier) -> None:
    key = _one(ports, carrier)
    take_report(ports, StatusReport(outbox_rows(ports)[0].carrier_id, S.DELIVERED), None)
    assert counts(ports, key) == (1, 0, 0, 0)


def test_late_text_is_followed_by_a_call_and_whichever_is_first_cancels_the_other(
    ports: Ports, carrier: ScriptedCarrier, clock: StillClock
) -> None:
    key = _one(ports, carrier)
    clock.advance(minutes=14)
    sending.sweep(ports)
    assert attempts(ports) == [("text", "accepted")]
    clock.advance(minutes=1)
    sending.sweep(ports)
    assert attempts(ports) == [("text", "accepted"), ("call", "ready")]
    report(ports, carrier, 0, S.DELIVERED)
    assert attempts(ports) == [("text", "delivered"), ("call", "canceled")]
    assert send(ports, carrier) == 0
    sending.sweep(ports)
    assert progress(ports, key).state is BroadcastState.FINISHED


def test_late_text_without_a_call_counts_as_lost_after_a_day(
    ports: Ports, carrier: ScriptedCarrier, clock: StillClock
) -> None:
    village = add_village(ports)
    key = start(ports, village, add_people(ports, village, 1), calls={})
    send(ports, carrier)
    clock.advance(minutes=20)
    sending.sweep(ports)
    assert counts(ports, key) == (0, 1, 0, 0)
    clock.advance(days=1)
    sending.sweep(ports)
    assert [one.reason for one in progress(ports, key).unreached_people] == ["no_receipt"]
    report(ports, carrier, 0, S.DELIVERED)
    assert counts(ports, key) == (0, 0, 1, 0)


def test_calls_without_an_answer_are_followed_by_a_text(
    ports: Ports, carrier: ScriptedCarrier, clock: StillClock
) -> None:
    _one(ports, carrier, channel=Channel.CALL)
    report(ports, carrier, -1, S.BUSY)
    clock.advance(minutes=4)
    assert send(ports, carrier) == 0
    clock.advance(minutes=1)
    assert send(ports, carrier) == 1
    report(ports, carrier, -1, S.NO_ANSWER)
    clock.advance(hours=2)
    assert send(ports, carrier) == 1
    report(ports, carrier, -1, S.DELIVERED)  # answered, but nobody listened
    clock.advance(hours=2)
    assert send(ports, carrier) == 1  # a busy line has not rung
    report(ports, carrier, -1, S.NO_ANSWER)
    assert send(ports, carrier) == 1
    assert attempts(ports) == [("call", "failed")] * 4 + [("text", "accepted")]
    assert outcomes(ports)[:3] == ["busy", "no_answer", "not_heard"]


def test_call_is_delivered_only_when_it_was_heard(ports: Ports, carrier: ScriptedCarrier) -> None:
    key = _one(ports, carrier, channel=Channel.CALL)
    report(ports, carrier, 0, S.SENT)
    hear(ports, carrier.sent[0])
    hear(ports, carrier.sent[0])
    for status in (S.DELIVERED, S.NO_ANSWER, S.FAILED, S.SENT):
        report(ports, carrier, 0, status)
    assert attempts(ports) == [("call", "delivered")]
    assert counts(ports, key) == (1, 0, 0, 0)


def test_call_heard_after_its_end_was_reported_cancels_the_retry(ports: Ports, carrier: ScriptedCarrier) -> None:
    key = _one(ports, carrier, channel=Channel.CALL)
    report(ports, carrier, 0, S.DELIVERED)
    assert attempts(ports) == [("call", "failed"), ("call", "ready")]
    hear(ports, carrier.sent[0])
    assert attempts(ports) == [("call", "delivered"), ("call", "canceled")]
    assert counts(ports, key) == (1, 0, 0, 0)


def test_call_without_any_report_is_tried_again(ports: Ports, carrier: ScriptedCarrier, clock: StillClock) -> None:
    _one(ports, carrier, channel=Channel.CALL)
    clock.advance(hours=2)
    sending.sweep(ports)
    assert attempts(ports) == [("call", "failed"), ("call", "ready")]


def test_report_of_an_opt_out_ends_all_attempts(ports: Ports, carrier: ScriptedCarrier, clock: StillClock) -> None:
    key = _one(ports, carrier)
    clock.advance(minutes=15)
    sending.sweep(ports)
    report(ports, carrier, 0, S.FAILED, OptedOut("opted_out", carrier_code="21610"))
    assert attempts(ports) == [("text", "failed"), ("call", "canceled")]
    assert [one.reason for one in progress(ports, key).unreached_people] == ["opted_out"]


def test_report_of_a_landline_leads_to_a_call_at_once(ports: Ports, carrier: ScriptedCarrier) -> None:
    _one(ports, carrier)
    report(ports, carrier, 0, S.FAILED, BadNumber("bad_number", carrier_code="30006"))
    assert send(ports, carrier) == 1
    assert isinstance(carrier.sent[1], OutgoingCall)


def test_everything_failed_leaves_a_reason(ports: Ports, carrier: ScriptedCarrier) -> None:
    key = _one(ports, carrier)
    report(ports, carrier, 0, S.FAILED, Rejected("rejected"))
    send(ports, carrier)
    report(ports, carrier, 1, S.FAILED, Rejected("rejected"))
    assert [one.reason for one in progress(ports, key).unreached_people] == ["rejected"]
    sending.sweep(ports)
    assert progress(ports, key).state is BroadcastState.FINISHED
