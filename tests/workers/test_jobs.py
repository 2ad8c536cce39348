"""The jobs over a gateway of this process: each may run twice, and tells nothing when it fails."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from gateway.bootstrap import Gateway
from gateway.kernel.clock import SystemClock
from gateway.kernel.ports import Ports
from gateway.meetings import actions, sitting
from gateway.messaging import inbox
from gateway.messaging.inbox import InboxKind, InboxState
from gateway.panels.model import LotState
from tests.fakes import ScriptedCarrier, StillClock
from tests.meetings.gathering import a_meeting
from tests.messaging.village import add_people, add_village, attempts, start
from tests.panels.drawing import a_village_to_draw_from, drawn, invited, with_state
from tests.polls.village import a_village
from tests.workers.carrier_server import CarrierServer, carrier_server
from workers import context, jobs


@pytest.fixture
def carrier_http() -> Iterator[CarrierServer]:
    with carrier_server(seconds=0) as server:
        yield server


@pytest.fixture
def gateway(
    database_url: str, redis_url: str, carrier_http: CarrierServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Gateway]:
    """The gateway as the jobs build it, over the settings of a test installation."""
    settings = {
        "DATABASE_URL": database_url, "REDIS_URL": redis_url, "DATA_DIR": str(tmp_path / "data"), "SECRET_KEY": "k" * 32,
        "CARRIER": "twilio", "TWILIO_ACCOUNT_SID": "AC" + "0" * 32, "TWILIO_AUTH_TOKEN": "token",
        "TWILIO_API_URL": carrier_http.url, "PUBLIC_URL": "https://gateway.example",
    }  # fmt: skip
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    context.gateway.cache_clear()
    yield context.gateway()
    context.gateway().db.engine.dispose()
    context.gateway.cache_clear()


def test_send_urgent_twice_sends_once(gateway: Gateway, carrier_http: CarrierServer) -> None:
    village = add_village(gateway.ports)
    start(gateway.ports, village, add_people(gateway.ports, village, 3), urgent=True)
    jobs.send_urgent()
    jobs.send_urgent()
    jobs.send_due()
    assert len(carrier_http.taken) == 3
    assert attempts(gateway.ports) == [("text", "accepted")] * 3


@pytest.mark.parametrize(
    "job",
    [
        jobs.sweep,
        jobs.settle_unknown,
        jobs.close_due,
        jobs.forget_papers,
        jobs.release_due,
        jobs.fetch_missed,
        jobs.sweep_recordings,
        jobs.pass_on_silent,
        jobs.remind_meetings,
        jobs.redact_texts,
        jobs.discard_recordings,
        jobs.sign_record,
        jobs.expire,
        jobs.forget_day_keys,
    ],
)
def test_job_without_work_may_run_twice(gateway: Gateway, job: object) -> None:
    job()  # type: ignore[operator]
    job()  # type: ignore[operator]


def test_seats_of_the_silent_are_passed_on_once(gateway: Gateway, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = StillClock()
    monkeypatch.setattr(SystemClock, "now", lambda _: clock.at)
    number = drawn(gateway.ports, clock, a_village_to_draw_from(gateway.ports))
    invited(gateway.ports, gateway.wording, number)
    clock.advance(hours=48)
    jobs.pass_on_silent()
    jobs.pass_on_silent()
    assert len(with_state(gateway.ports, number, LotState.SILENT)) == 4
    assert len(with_state(gateway.ports, number, LotState.INVITED)) == 4


def test_forget_day_keys_makes_old_texts_unreadable(gateway: Gateway) -> None:
    ports: Ports = gateway.ports
    then = ports.clock.now() - timedelta(days=gateway.settings.text_days + 2)
    with ports.db.work() as tx:
        claimed = inbox.claim(tx, "key", InboxKind.TEXT, at=then)
        assert claimed is not None
        inbox.settle(tx, claimed, state=InboxState.DONE, answer=ports.sealer.seal(b"answer"))
        tx.commit()
    ports.vault.put(f"day/{then:%Y%m%d}", b"k" * 32)
    ports.vault.put(f"call/{ports.clock.now() - timedelta(days=2):%Y%m%d}", b"k" * 32)
    for _ in range(2):
        jobs.forget_day_keys()
    with ports.db.read() as conn:
        assert inbox.answer_of(conn, "key") == ""
    assert ports.vault.names("day") == [f"day/{ports.clock.now():%Y%m%d}"]
    assert ports.vault.names("call") == []


def test_job_that_fails_says_where_and_not_what(gateway: Gateway, caplog: pytest.LogCaptureFixture) -> None:
    @jobs.job
    def broken() -> None:
        raise ValueError("a secret text")

    with caplog.at_level(logging.ERROR), pytest.raises(jobs.JobFailedError) as failed:
        broken()
    assert str(failed.value) == "broken"
    assert failed.value.__cause__ is None
    assert failed.value.__suppress_context__
    assert [record.message for record in caplog.records] == ["job failed"]


def test_fetch_recording_of_nothing_may_run_twice(gateway: Gateway) -> None:
    jobs.fetch_recording(4711)
    jobs.fetch_recording(4711)


def test_floor_of_nobody_may_be_set_twice(gateway: Gateway) -> None:
    jobs.set_floor(4711, 1)
    jobs.set_floor(4711, 1)


def test_floor_turns_the_call_of_whoever_has_it(gateway: Gateway, monkeypatch: pytest.MonkeyPatch) -> None:
    village, carrier = a_village(gateway.ports, 1), ScriptedCarrier()
    number, [person] = a_meeting(gateway.ports, village), village.people
    at = gateway.ports.clock.now()
    with gateway.db.work() as tx:
        actions.open_meeting(tx, number, at=at)
        sitting.join_line(tx, number, person, "CA7", at=at)
        tx.commit()
    with monkeypatch.context() as patch:
        patch.setattr(context, "gateway", lambda: replace(gateway, carrier=carrier))
        jobs.set_floor(number, person)
        jobs.set_floor(number, person)
    assert carrier.turned == [("CA7", "https://gateway.example/twilio/voice/step")] * 2
