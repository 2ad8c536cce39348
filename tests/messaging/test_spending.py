"""Money that was reserved for an attempt is given back when the attempt is not needed, or certainly did not go out."""

from __future__ import annotations

import pytest

from gateway.carriers.port import ReportedStatus
from gateway.kernel.errors import Rejected
from gateway.kernel.ports import Ports
from gateway.messaging import actions, spending, views
from gateway.messaging.money import UNIT, Terms
from gateway.messaging.store import broadcasts
from gateway.messaging.store.tables import outbox
from tests.fakes import ScriptedCarrier
from tests.messaging.village import TEXTS, add_people, add_village, attempts, outbox_rows, report, send, start

TEXT, CALL = UNIT // 10, UNIT


@pytest.fixture
def village(ports: Ports) -> int:
    made = add_village(ports)
    with ports.db.work() as tx:
        spending.set_terms(tx, made, Terms("CNY", segment_price=TEXT, minute_price=CALL))
        tx.commit()
    return made


def spent(ports: Ports, village: int) -> int:
    with ports.db.read() as conn:
        return views.spent(conn, village, ports.clock.now())


def test_call_planned_beside_a_late_text_is_not_paid_when_the_text_arrives(ports: Ports, village: int) -> None:
    start(ports, village, add_people(ports, village, 1))
    carrier = ScriptedCarrier()
    send(ports, carrier)
    paid = spent(ports, village)
    with ports.db.work() as tx:
        row = dict(tx.execute(outbox.select()).mappings().one())
        tx.execute(outbox.update().values(outcome="late"))
        beside = {"id": 10_000, "step": 2, "channel": "call", "state": "ready", "carrier_id": None}
        tx.execute(outbox.insert().values(row | beside))
        tx.commit()
    report(ports, carrier, 0, ReportedStatus.DELIVERED)
    assert attempts(ports) == [("text", "delivered"), ("call", "canceled")]
    with ports.db.read() as conn:
        call = broadcasts.prices(conn, outbox_rows(ports)[0].broadcast_id)["call"]["zh"]
    assert spent(ports, village) == paid - call


def test_text_to_somebody_who_stopped_is_not_paid(ports: Ports, village: int) -> None:
    people = add_people(ports, village, 2)
    start(ports, village, people, texts=TEXTS, calls={})
    before = spent(ports, village)
    with ports.db.work() as tx:
        actions.cancel_for(tx, people[0])
        tx.commit()
    assert spent(ports, village) * 2 == before


def test_text_that_the_carrier_refuses_for_good_is_not_paid(ports: Ports, village: int) -> None:
    start(ports, village, add_people(ports, village, 1), texts=TEXTS, calls={})
    assert spent(ports, village) > 0
    carrier = ScriptedCarrier()
    carrier.outcomes = [Rejected("rejected")]
    send(ports, carrier)
    assert spent(ports, village) == 0


def test_broadcast_that_is_aborted_is_paid_as_far_as_it_went_out(ports: Ports, village: int) -> None:
    key = start(ports, village, add_people(ports, village, 4), texts=TEXTS, calls={})
    with ports.db.work() as tx:
        actions.abort(tx, key)
        tx.commit()
    assert spent(ports, village) == 0
