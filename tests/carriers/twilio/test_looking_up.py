"""What is looked up at the carrier over HTTP: the texts it took for a line, and the addresses that are set up for it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from gateway.carriers.port import CarrierAccount, IncomingText, LineHooks, ReceivedText
from gateway.carriers.twilio.carrier import TwilioCarrier
from gateway.kernel.errors import CarrierError
from gateway.kernel.phones import PhoneNumber
from tests.carriers.twilio.api_server import ApiServer, answering, api_server, failing

SID = "AC" + "1" * 32
PATH = f"/2010-04-01/Accounts/{SID}"
TO, LINE = PhoneNumber("+8613812340001"), PhoneNumber("+8657112345678")
SINCE = datetime(2026, 11, 24, 4, 0, tzinfo=UTC)


@pytest.fixture
def api() -> Iterator[ApiServer]:
    with api_server() as server:
        yield server


@pytest.fixture
def carrier(api: ApiServer) -> TwilioCarrier:
    return TwilioCarrier(CarrierAccount(SID, "token", api.url, timeout_seconds=5))


def message(sid: str, body: str, direction: str = "inbound", sender: str = TO.e164) -> dict[str, str]:
    return {
        "sid": sid, "body": body, "direction": direction, "from": sender, "to": LINE.e164, "num_media": "1",
        "date_created": "Tue, 24 Nov 2026 05:00:00 +0000",
    }  # fmt: skip


def test_received_texts_are_listed_over_all_pages_without_our_own(carrier: TwilioCarrier, api: ApiServer) -> None:
    own = message("SM2", "ours", "outbound-api")
    first = {"messages": [message("SM1", "投3 1"), own], "next_page_uri": f"{PATH}/Messages.json?Page=1"}
    second = {"messages": [message("SM3", "议题 路灯", sender="Anonymous")], "next_page_uri": None}
    api.script = [answering(json.dumps(first)), answering(json.dumps(second))]
    at = datetime(2026, 11, 24, 5, 0, tzinfo=UTC)
    assert carrier.list_received(LINE, SINCE) == [
        ReceivedText(IncomingText("SM1", TO, LINE, "投3 1", 1), at),
        ReceivedText(IncomingText("SM3", None, LINE, "议题 路灯", 1), at),
    ]
    asked = dict(api.seen[0].fields)
    assert (api.seen[0].method, api.seen[0].path, asked["To"]) == ("GET", f"{PATH}/Messages.json", LINE.e164)
    assert asked["DateSent>"].startswith("2026-11-24")


def test_addresses_of_a_line_are_found(carrier: TwilioCarrier, api: ApiServer) -> None:
    set_up = {"sms_url": "https://v/sms", "sms_fallback_url": "https://v/2", "voice_url": "https://v/voice"}
    api.usual = answering(json.dumps({"incoming_phone_numbers": [set_up], "next_page_uri": None}))
    assert carrier.hooks_of(LINE) == LineHooks("https://v/sms", "https://v/2", "https://v/voice", "")
    assert api.seen[0].path == f"{PATH}/IncomingPhoneNumbers.json"
    assert dict(api.seen[0].fields)["PhoneNumber"] == LINE.e164


def test_line_that_the_account_has_not_has_no_addresses(carrier: TwilioCarrier, api: ApiServer) -> None:
    api.usual = answering('{"incoming_phone_numbers": [], "next_page_uri": null}')
    assert carrier.hooks_of(LINE) is None


def test_carrier_in_trouble_is_an_error_of_its_own(carrier: TwilioCarrier, api: ApiServer) -> None:
    api.usual = failing(500)
    for ask in (lambda: carrier.hooks_of(LINE), lambda: carrier.list_received(LINE, SINCE)):
        with pytest.raises(CarrierError):
            ask()
