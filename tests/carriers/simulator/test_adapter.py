"""The gateway's own adapter against the simulated carrier: the production path, with no account."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from gateway.carriers.port import Accepted, OutgoingCall, OutgoingText, ReportedStatus, SignedRequest
from gateway.carriers.simulator.carrier import SimulatorCarrier
from gateway.carriers.simulator.driver import Telephones
from gateway.kernel.errors import OptedOut, Throttled, Unreachable
from gateway.kernel.phones import PhoneNumber
from tests.carriers.simulator.running import ACCOUNT, FakeGateway

PHONE, LINE = PhoneNumber("+8613800000001"), PhoneNumber("+8657188880001")


@pytest.fixture
def carrier(simulator_url: str) -> SimulatorCarrier:
    return SimulatorCarrier(replace(ACCOUNT, api_url=simulator_url))


def a_text(gateway: FakeGateway, attempt: int = 1) -> OutgoingText:
    return OutgoingText(PHONE, LINE, f"text {attempt}", f"{gateway.url}/twilio/status/message?a={attempt}", 3600)


def test_adapter_sends_a_batch_of_both_kinds(
    carrier: SimulatorCarrier, gateway: FakeGateway, telephones: Telephones
) -> None:
    url = f"{gateway.url}/twilio/voice/outbound?a=2"
    call = OutgoingCall(PHONE, LINE, url, f"{gateway.url}/twilio/status/call?a=2")
    outcomes = carrier.send([a_text(gateway), call])
    assert all(isinstance(outcome, Accepted) for outcome in outcomes)
    gateway.answers["/twilio/voice/outbound"] = "<Say>hello</Say>"
    telephones.wait_until_idle()
    assert sorted(a["kind"] for a in telephones.accepted()) == ["call", "text"]
    assert telephones.warnings() == []


@pytest.mark.parametrize(
    ("conditions", "behaviour", "expected"),
    [
        ({"throttle_per_second": 1}, "", Throttled),
        ({"fail_every": 1}, "", Unreachable),
        ({"lose_every": 1}, "", Unreachable),
        ({"reset_every": 1}, "", Unreachable),
        ({}, "opted_out", OptedOut),
    ],
)
def test_adapter_tells_refusals_apart(
    carrier: SimulatorCarrier,
    gateway: FakeGateway,
    telephones: Telephones,
    conditions: dict[str, int],
    behaviour: str,
    expected: type[Exception],
) -> None:
    telephones.add(PHONE.e164, behaviour=behaviour)
    telephones.set_conditions(**conditions)
    outcomes = carrier.send([a_text(gateway, 1), a_text(gateway, 2)])
    assert isinstance(outcomes[-1], expected)


def test_adapter_finds_a_text_whose_answer_was_lost(
    carrier: SimulatorCarrier, gateway: FakeGateway, telephones: Telephones
) -> None:
    since = datetime.now(UTC) - timedelta(seconds=2)
    telephones.set_conditions(lose_every=1)
    assert isinstance(carrier.send([a_text(gateway)])[0], Unreachable)
    telephones.set_conditions()
    [found] = carrier.find_sent(a_text(gateway), since)
    assert found.body == "text 1" and found.carrier_id == telephones.accepted()[0]["sid"]


def test_adapter_redacts_and_fetches_and_deletes(
    carrier: SimulatorCarrier, gateway: FakeGateway, telephones: Telephones
) -> None:
    [sent] = carrier.send([a_text(gateway)])
    assert isinstance(sent, Accepted)
    telephones.wait_until_idle()
    carrier.redact_text(sent.carrier_id)
    assert telephones.messages(PHONE.e164) == [""]
    gateway.answers["/twilio/voice"] = "<Record action='/step'/>"
    telephones.call(PHONE.e164, LINE.e164, ["record:2"])
    recording = gateway.forms("/step")[0]["RecordingSid"]
    assert carrier.fetch_recording(recording)[:4] == b"RIFF"
    carrier.delete_recording(recording)


def test_adapter_verifies_and_reads_webhooks(
    carrier: SimulatorCarrier, gateway: FakeGateway, telephones: Telephones
) -> None:
    telephones.text(PHONE.e164, LINE.e164, "你好")
    carrier.send([a_text(gateway)])
    telephones.wait_until_idle()
    requests = [
        SignedRequest(gateway.url + w.path, list(w.form.items()), {"X-Twilio-Signature": w.signature})
        for w in gateway.webhooks
    ]
    assert all(carrier.verifies(request) for request in requests)
    assert not carrier.verifies(replace(requests[0], url=requests[0].url + "x"))
    assert carrier.read_text(requests[0]).body == "你好"
    reports = [carrier.read_status(request).status for request in requests[1:]]
    assert reports == [ReportedStatus.SENT, ReportedStatus.DELIVERED]


def test_adapter_lists_what_telephones_sent_also_when_nobody_took_it(
    carrier: SimulatorCarrier, gateway: FakeGateway, telephones: Telephones
) -> None:
    since = datetime.now(UTC) - timedelta(seconds=2)
    gateway.answers["/twilio/sms"] = "not XML"
    telephones.text(PHONE.e164, LINE.e164, "投3 1")
    carrier.send([a_text(gateway)])
    [found] = carrier.list_received(LINE, since)
    assert (found.text.sender, found.text.recipient, found.text.body) == (PHONE, LINE, "投3 1")
    assert since <= found.at <= datetime.now(UTC) + timedelta(seconds=1)
    assert carrier.list_received(LINE, datetime.now(UTC) + timedelta(hours=1)) == []
    assert carrier.list_received(PHONE, since) == []
    gateway.answers["/twilio/voice"] = "not XML"
    telephones.call(PHONE.e164, LINE.e164, [])
    assert [since <= call.at for call in carrier.list_calls(LINE, since)] == [True]
    assert carrier.list_calls(LINE, datetime.now(UTC) + timedelta(hours=1)) == []
