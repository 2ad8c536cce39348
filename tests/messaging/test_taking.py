"""Reports as the hook hands them over: the usual ones in one statement, the others step by step, each once."""

from __future__ import annotations

from typing import Any

import pytest

from gateway.carriers.port import ReportedStatus, StatusReport
from gateway.kernel.ports import Ports
from gateway.messaging import taking
from gateway.messaging.model import AttemptState, DeliveryState
from gateway.messaging.store.tables import delivery, inbox, outbox
from tests.fakes import ScriptedCarrier
from tests.messaging.village import add_people, add_village, outbox_rows, send, start


@pytest.fixture
def slow(monkeypatch: pytest.MonkeyPatch) -> list[StatusReport]:
    """The reports that were taken in step by step."""
    taken: list[StatusReport] = []
    step_by_step = taking._step_by_step

    def note(tx: Any, key: str, report: StatusReport, *more: Any) -> None:
        taken.append(report)
        step_by_step(tx, key, report, *more)

    monkeypatch.setattr(taking, "_step_by_step", note)
    return taken


@pytest.fixture
def attempt(ports: Ports) -> int:
    """A text that the carrier has taken."""
    village = add_village(ports)
    start(ports, village, add_people(ports, village, 1))
    send(ports, ScriptedCarrier())
    return int(outbox_rows(ports)[0].id)


def take(ports: Ports, attempt: int, status: ReportedStatus, key: str | None = None, sid: str = "") -> None:
    name = sid or outbox_rows(ports)[0].carrier_id
    taking.take_report(ports.db, key or status.value, StatusReport(name, status), attempt, now=ports.clock.now())


def count(ports: Ports, table: Any, **is_: Any) -> int:
    with ports.db.read() as conn:
        rows = conn.execute(table.select()).mappings().all()
    return sum(all(row[name] == value for name, value in is_.items()) for row in rows)


def test_usual_reports_are_taken_in_at_once(ports: Ports, attempt: int, slow: list[StatusReport]) -> None:
    take(ports, attempt, ReportedStatus.SENT)
    assert outbox_rows(ports)[0].state == AttemptState.SENT
    take(ports, attempt, ReportedStatus.DELIVERED)
    assert outbox_rows(ports)[0].state == AttemptState.DELIVERED
    assert count(ports, delivery, id=outbox_rows(ports)[0].delivery_id, state=DeliveryState.DELIVERED) == 1
    assert count(ports, inbox, kind="status", state="done", answer="") == 2
    assert slow == []


def test_copies_and_older_reports_change_nothing(ports: Ports, attempt: int) -> None:
    for status in (ReportedStatus.DELIVERED, ReportedStatus.SENT, ReportedStatus.DELIVERED, ReportedStatus.SENT):
        take(ports, attempt, status)
    assert outbox_rows(ports)[0].state == AttemptState.DELIVERED
    assert count(ports, inbox, kind="status") == 2


def test_report_about_another_message_changes_nothing(ports: Ports, attempt: int) -> None:
    take(ports, attempt, ReportedStatus.DELIVERED, sid="SMsomethingelse")
    assert outbox_rows(ports)[0].state == AttemptState.ACCEPTED


def test_report_goes_step_by_step_when_more_follows_from_it(
    ports: Ports, attempt: int, slow: list[StatusReport]
) -> None:
    """A text that counted as late has another attempt beside it, which must not go out any more."""
    with ports.db.work() as tx:
        mine = outbox.c.id == attempt
        tx.execute(outbox.update().where(mine).values(outcome="late"))
        row = dict(tx.execute(outbox.select().where(mine)).mappings().one())
        row |= {"id": 10_000, "step": 2, "state": AttemptState.READY, "carrier_id": None, "outcome": ""}
        tx.execute(outbox.insert().values(row))
        tx.commit()
    take(ports, attempt, ReportedStatus.DELIVERED)
    assert len(slow) == 1
    assert count(ports, outbox, id=10_000, state=AttemptState.CANCELED) == 1
