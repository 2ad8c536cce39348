"""Calls that nobody, or only a machine, takes: what the carrier reports and how the adapter reads it."""

from __future__ import annotations

import pytest
from twilio.rest import Client

from gateway.carriers.port import ReportedStatus, SignedRequest
from gateway.carriers.simulator.driver import Telephones
from gateway.carriers.twilio.webhooks import read_status
from tests.carriers.simulator.running import FakeGateway
from tests.carriers.simulator.test_calls import ANSWER, PHONE, STATUS, place

# What each telephone's call ends as; a machine is reported while the call goes on.
ENDS = {
    "busy": ReportedStatus.BUSY,
    "no_answer": ReportedStatus.NO_ANSWER,
    "declines": ReportedStatus.DECLINED,
    "machine": ReportedStatus.MACHINE,
    "": ReportedStatus.DELIVERED,
}


@pytest.mark.parametrize("behaviour", ENDS)
def test_ends_of_a_call_are_told_apart(
    client: Client, gateway: FakeGateway, telephones: Telephones, behaviour: str
) -> None:
    gateway.answers[ANSWER] = "<Gather action='/step' numDigits='1' timeout='10'><Say>press 1</Say></Gather>"
    telephones.add(PHONE, behaviour=behaviour)
    place(
        client,
        gateway,
        machine_detection="Enable",
        async_amd="true",
        async_amd_status_callback=f"{gateway.url}{STATUS}?a=5",
    )
    telephones.wait_until_idle()
    reported = {read_status(SignedRequest("", list(form.items()), {})).status for form in gateway.forms(STATUS)}
    assert reported & set(ENDS.values()) - {ReportedStatus.DELIVERED} == {ENDS[behaviour]} - {ReportedStatus.DELIVERED}
    assert telephones.warnings() == []
