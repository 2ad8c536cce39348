"""Nothing lost, nobody twice: workers killed anywhere, an emptied queue, a carrier that does not say."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from werkzeug.wrappers import Request, Response

from gateway.carriers.port import CarrierAccount, OutgoingText, ReportedStatus, SentItem, StatusReport
from gateway.carriers.twilio.carrier import TwilioCarrier
from gateway.kernel.errors import Rejected, Unreachable
from gateway.kernel.ports import Ports
from gateway.messaging import actions, sending, views
from gateway.messaging.model import UNRESOLVED
from tests.carriers.twilio.api_server import api_server
from tests.fakes import RecordingQueue, ScriptedCarrier, StillClock
from tests.messaging.village import (
    TEXTS,
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
    key = start(ports, village, add_people(ports, village, 30))
    flagged = []
    deaf.outcomes = [Unreachable("unreachable")] * 30
    send(ports, deaf)
    for _ in range(11):
        clock.advance(minutes=1)
        _settle(ports, deaf)
        with ports.db.read() as conn:
            flagged.append(views.count_unresolved(conn))
    assert flagged == [0] * 9 + [30] * 2  # ten minutes after it was sent
    assert {(row.state, row.error) for row in outbox_rows(ports)} == {("unknown", UNRESOLVED)}
    assert deaf.asked <= 30  # one refusal is enough for a piece
    with ports.db.read() as conn:
        assert views.counts_by_state(conn) == {"unknown": 30}
        assert (views.progress(conn, key).unresolved, views.report(conn, key).unresolved) == (30, 30)
    assert _settle(ports, ScriptedCarrier()) == 0  # asked a minute ago
    clock.advance(minutes=1)
    assert _settle(ports, ScriptedCarrier()) == 30
    with ports.db.read() as conn:
        assert views.count_unresolved(conn) == 0


def _many_unknown(ports: Ports, clock: StillClock, people: int) -> int:
    village = add_village(ports)
    key = start(ports, village, add_people(ports, village, people))
    lost = ScriptedCarrier()
    lost.outcomes = [Unreachable("unreachable")] * people
    while lost.outcomes:  # one run ends when it finds the carrier down
        send(ports, lost)
    clock.advance(minutes=3)
    return key


@pytest.mark.one_database
def test_many_unknown_outcomes_are_asked_about_at_once(
    ports: Ports, clock: StillClock, figure: Callable[[str], None]
) -> None:
    key = _many_unknown(ports, clock, 500)
    row = '{"sid": "SM%s", "date_created": "Tue, 24 Nov 2026 04:00:01 +0000", "body": "%s"}'
    with api_server() as api:

        def answer(request: Request) -> Response:
            to = request.args["To"]
            rows = row % (to[1:].rjust(32, "0"), TEXTS["zh"]) if int(to[-1]) % 2 else ""
            return Response(f'{{"messages": [{rows}]}}', mimetype="application/json")

        api.usual = answer
        carrier = TwilioCarrier(CarrierAccount("AC" + "1" * 32, "t", api.url, concurrency=16))
        assert sending.settle_unknown(ports, carrier=carrier, urls=URLS) == 500
        assert sending.settle_unknown(ports, carrier=carrier, urls=URLS) == 0
        requests, connections = len(api.seen), len({seen.connection for seen in api.seen})
    states = Counter(row.state for row in outbox_rows(ports))
    assert states == {"accepted": 250, "ready": 250}
    assert counts(ports, key) == (0, 500, 0, 0)
    assert requests == 500
    assert connections <= 16
    kind = ports.db.engine.dialect.name
    figure(
        f"500 unknown outcomes on {kind}: all settled in one run, {requests} requests on {connections} connections; "
        f"{states['accepted']} were there, {states['ready']} go again"
    )


def test_two_who_settle_at_once_ask_about_each_once(ports: Ports, clock: StillClock) -> None:
    _many_unknown(ports, clock, 450)
    carriers = [ScriptedCarrier(), ScriptedCarrier()]
    asked: list[str] = []
    for one in carriers:
        one.find_sent = lambda item, _since: asked.append(item.status_url) or []  # type: ignore[method-assign,func-returns-value]
    with ThreadPoolExecutor(2) as pool:
        assert sum(pool.map(lambda one: _settle(ports, one), carriers)) == 450
    assert len(asked) == len(set(asked)) == 450


def test_who_dies_while_asking_leaves_them_to_the_next(
    ports: Ports, carrier: ScriptedCarrier, clock: StillClock
) -> None:
    class Dying(ScriptedCarrier):
        def find_each(self, sought):  # type: ignore[no-untyped-def]
            raise Killed

    _many_unknown(ports, clock, 30)
    with pytest.raises(Killed):
        _settle(ports, Dying())
    assert _settle(ports, carrier) == 0
    clock.advance(seconds=91)
    assert _settle(ports, carrier) == 30
    assert send(ports, carrier) == 30


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


@pytest.mark.one_database
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
