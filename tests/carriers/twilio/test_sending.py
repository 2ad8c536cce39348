"""Plain values in, exact requests out; whatever comes back, an outcome; nothing of it in a log."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from werkzeug.wrappers import Request, Response

from gateway.carriers.port import Accepted, CarrierAccount, OutgoingCall, OutgoingText, SentItem, Sought
from gateway.carriers.twilio.carrier import TwilioCarrier
from gateway.carriers.twilio.client import api_url
from gateway.kernel.errors import (
    BadNumber,
    CarrierError,
    Misconfigured,
    OptedOut,
    Rejected,
    Throttled,
    Unreachable,
)
from gateway.kernel.phones import PhoneNumber
from tests import servers
from tests.carriers.twilio.api_server import ApiServer, answering, api_server, created, failing, resetting
from tests.carriers.twilio.openapi_requests import check_requests

TOKEN = "auth-token-never-shown"
ACCOUNT_PATH = "/2010-04-01/Accounts/AC" + "1" * 32
TO, LINE = PhoneNumber("+8613812340001"), PhoneNumber("+8657112345678")
WORDS = "【石滩村】表决3:修路? 1赞成 2反对 & 3弃权=+😀"
TEXT = OutgoingText(TO, LINE, WORDS, "https://village.example/twilio/status/message?a=7")
CALL = OutgoingCall(
    TO, LINE, "https://village.example/twilio/voice/outbound?a=8", "https://village.example/twilio/status/call?a=8"
)
SINCE = datetime(2026, 11, 24, 4, 0, 0, 500, tzinfo=UTC)


@pytest.fixture
def api() -> Iterator[ApiServer]:
    with api_server() as server:
        yield server


@pytest.fixture
def carrier(api: ApiServer) -> TwilioCarrier:
    return TwilioCarrier(CarrierAccount("AC" + "1" * 32, TOKEN, api.url, timeout_seconds=5, concurrency=8))


# --- what leaves -------------------------------------------------------------------------------------------------


def test_text_is_sent_exactly(carrier: TwilioCarrier, api: ApiServer) -> None:
    assert carrier.send([TEXT]) == [Accepted("SM" + "a" * 32)]
    (seen,) = api.seen
    assert (seen.method, seen.path) == ("POST", f"{ACCOUNT_PATH}/Messages.json")
    assert (seen.user, seen.password) == (carrier.account.account_sid, TOKEN)
    assert dict(seen.fields) == {
        "To": TO.e164, "From": LINE.e164, "Body": WORDS, "StatusCallback": TEXT.status_url,
    }  # fmt: skip


@pytest.mark.parametrize(("seconds", "sent"), [(3600, "3600"), (99_999, "36000")])
def test_text_says_how_long_it_stays_true(carrier: TwilioCarrier, api: ApiServer, seconds: int, sent: str) -> None:
    carrier.send([replace(TEXT, valid_seconds=seconds)])
    assert dict(api.seen[0].fields)["ValidityPeriod"] == sent


def test_call_listens_for_a_machine_beside_the_call(carrier: TwilioCarrier, api: ApiServer) -> None:
    api.usual = lambda _request: created("CA" + "b" * 32)
    carrier.send([replace(CALL, machine_url="https://village.example/twilio/status/call?a=8")])
    fields = dict(api.seen[0].fields)
    assert (fields["MachineDetection"], fields["AsyncAmd"]) == ("Enable", "true")
    assert fields["AsyncAmdStatusCallback"] == "https://village.example/twilio/status/call?a=8"


def test_call_is_placed_exactly(carrier: TwilioCarrier, api: ApiServer) -> None:
    api.usual = lambda _request: created("CA" + "b" * 32)
    assert carrier.send([CALL]) == [Accepted("CA" + "b" * 32)]
    (seen,) = api.seen
    assert (seen.method, seen.path) == ("POST", f"{ACCOUNT_PATH}/Calls.json")
    assert sorted(seen.fields) == sorted([
        ("To", TO.e164), ("From", LINE.e164), ("Url", CALL.answer_url), ("Method", "POST"),
        ("StatusCallback", CALL.status_url), ("StatusCallbackMethod", "POST"), ("Timeout", "40"), ("TimeLimit", "900"),
        ("StatusCallbackEvent", "ringing"), ("StatusCallbackEvent", "answered"), ("StatusCallbackEvent", "completed"),
    ])  # fmt: skip


def test_every_request_obeys_the_carriers_description(
    carrier: TwilioCarrier, api: ApiServer, shared_data: Path
) -> None:
    carrier.send([TEXT, replace(TEXT, valid_seconds=600), CALL])
    api.script = [answering('{"messages": []}'), answering('{"calls": []}'), answering('{"sid": "SM1", "body": ""}')]
    carrier.find_sent(TEXT, SINCE)
    carrier.find_sent(CALL, SINCE)
    carrier.redact_text("SM" + "1" * 32)
    api.usual = lambda _request: Response(status=204)
    carrier.delete_recording("RE" + "1" * 32)
    assert len(api.seen) == 7
    check_requests(api.seen, shared_data)


def test_own_address_is_used_without_another() -> None:
    assert api_url(CarrierAccount("AC1", "t")) == "https://api.twilio.com"
    assert api_url(CarrierAccount("AC1", "t", "http://127.0.0.1:8002/")) == "http://127.0.0.1:8002"


def test_environment_of_the_process_changes_nothing(
    carrier: TwilioCarrier, api: ApiServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in (("TWILIO_REGION", "au1"), ("TWILIO_EDGE", "sydney"), ("TWILIO_ACCOUNT_SID", "AC9")):
        monkeypatch.setenv(name, value)
    carrier.send([TEXT])
    assert api.seen[0].path.startswith(ACCOUNT_PATH)


# --- many at once ------------------------------------------------------------------------------------------------


def test_batch_keeps_its_order_and_its_width(carrier: TwilioCarrier, api: ApiServer) -> None:
    # The first eight answers wait for one another: they come only if all eight are in flight.
    gate = threading.Barrier(8, timeout=4)

    def answer(request: Request) -> Response:
        if int(request.form["Body"]) < 8:
            gate.wait()
        return created("SM" + request.form["Body"].rjust(32, "0"))

    api.usual = answer
    batch = [replace(TEXT, body=str(place)) for place in range(40)]
    assert carrier.send(batch) == [Accepted(f"SM{place:032}") for place in range(40)]
    assert len({seen.connection for seen in api.seen}) == 8
    assert api.most_at_once == 8


def test_one_failure_spoils_nothing_else(carrier: TwilioCarrier, api: ApiServer) -> None:
    def answer(request: Request) -> Response:
        return failing(400, 21614)(request) if request.form["Body"] == "3" else created()

    api.usual = answer
    outcomes = carrier.send([replace(TEXT, body=str(place)) for place in range(6)])
    assert [type(outcome) for outcome in outcomes] == [Accepted] * 3 + [BadNumber] + [Accepted] * 2


@pytest.mark.parametrize(
    ("header", "after"), [("7", 7), ("86400", 600), ("soon", 0), ("Thu, 26 Nov 2026 08:00:00 GMT", 0)]
)
def test_too_fast_says_how_long_to_wait(carrier: TwilioCarrier, api: ApiServer, header: str, after: int) -> None:
    api.usual = lambda _request: Response("{}", 429, {"Retry-After": header})
    (outcome,) = carrier.send([TEXT])
    assert isinstance(outcome, Throttled)
    assert outcome.after == after


def test_empty_batch_asks_nobody(carrier: TwilioCarrier, api: ApiServer) -> None:
    assert carrier.send([]) == []
    assert not api.seen


# --- what comes back ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("answer", "kind", "code"),
    [
        (failing(429, 20429), Throttled, "20429"),
        (failing(429), Throttled, "429"),
        (failing(400, 21611), Throttled, "21611"),
        (failing(500), Unreachable, "500"),
        (failing(503, 20503), Unreachable, "20503"),
        (failing(502), Unreachable, "502"),
        (failing(401, 20003), Misconfigured, "20003"),
        (failing(403), Misconfigured, "403"),
        (failing(404, 20404), Misconfigured, "20404"),
        (failing(302), Misconfigured, "302"),
        (failing(400, 21211), BadNumber, "21211"),
        (failing(400, 21614), BadNumber, "21614"),
        (failing(400, 21606), Misconfigured, "21606"),
        (failing(400, 21610), OptedOut, "21610"),
        (failing(400, 21408), Rejected, "21408"),
        (failing(400, 21617), Rejected, "21617"),
        (failing(400, 99999), Rejected, "99999"),
        (failing(400), Rejected, "400"),
        (answering("<html>", 201), Unreachable, ""),
        (answering("[]", 201), Unreachable, ""),
        (answering("{}", 201), Unreachable, ""),
        (resetting, Unreachable, ""),
        (
            answering('{"type": "https://x", "title": "t", "status": 429, "code": 20429}', 429),
            Throttled,
            "20429",
        ),
    ],
)
@pytest.mark.parametrize("item", [TEXT, CALL])
def test_refusal_is_classified(
    carrier: TwilioCarrier,
    api: ApiServer,
    item: OutgoingText | OutgoingCall,
    answer: Callable[[Request], Response],
    kind: type[CarrierError],
    code: str,
) -> None:
    api.usual = answer
    (outcome,) = carrier.send([item])
    assert type(outcome) is kind
    assert outcome.carrier_code == code
    assert len(api.seen) == 1
    assert not any(secret in str(outcome) for secret in (TOKEN, TO.e164, "赞成"))


def test_slow_carrier_is_waited_for_only_so_long(api: ApiServer) -> None:
    carrier = TwilioCarrier(CarrierAccount("AC1", TOKEN, api.url, timeout_seconds=1))
    api.usual = api.slow
    begun = time.monotonic()
    outcomes = carrier.send([TEXT, CALL])
    assert [type(outcome) for outcome in outcomes] == [Unreachable, Unreachable]
    assert time.monotonic() - begun < 5


def test_absent_carrier_is_unreachable() -> None:
    carrier = TwilioCarrier(CarrierAccount("AC1", TOKEN, f"http://127.0.0.1:{servers.free_port()}"))
    assert [type(outcome) for outcome in carrier.send([TEXT])] == [Unreachable]
    for ask in (lambda: carrier.find_sent(TEXT, SINCE), lambda: carrier.redact_text("SM1")):
        with pytest.raises(Unreachable):
            ask()


# --- afterwards --------------------------------------------------------------------------------------------------


def listed(name: str, sid: str, created_at: str, body: str = "") -> str:
    return f'{{"sid": "{sid}", "date_created": "{created_at}", "body": "{body}", "to": "x", "status": "{name}"}}'


def test_sent_texts_are_found(carrier: TwilioCarrier, api: ApiServer) -> None:
    rows = [
        listed("sent", "SM1", "Tue, 24 Nov 2026 03:59:59 +0000", "too early"),
        listed("queued", "SM2", "Tue, 24 Nov 2026 04:00:00 +0000", "修路"),
        listed("sent", "SM3", "Tue, 24 Nov 2026 05:00:00 +0000", "later"),
    ]
    api.usual = answering(f'{{"messages": [{",".join(rows)}], "next_page_uri": null}}')
    assert carrier.find_sent(TEXT, SINCE) == [SentItem("SM2", "", "修路"), SentItem("SM3", "", "later")]
    assert (api.seen[0].method, api.seen[0].path) == ("GET", f"{ACCOUNT_PATH}/Messages.json")
    assert dict(api.seen[0].fields) == {"To": TO.e164, "From": LINE.e164, "PageSize": "1000"}


def test_sent_calls_are_found(carrier: TwilioCarrier, api: ApiServer) -> None:
    row = listed("ringing", "CA1", "Tue, 24 Nov 2026 04:00:01 +0000")
    api.usual = answering(f'{{"calls": [{row}], "next_page_uri": null}}')
    assert carrier.find_sent(CALL, SINCE) == [SentItem("CA1", "")]
    assert api.seen[0].path == f"{ACCOUNT_PATH}/Calls.json"


@pytest.mark.parametrize("answer", [failing(500), failing(429, 20429)])
def test_carrier_that_cannot_be_asked_raises(
    carrier: TwilioCarrier, api: ApiServer, answer: Callable[[Request], Response]
) -> None:
    api.usual = answer
    with pytest.raises(CarrierError) as caught:
        carrier.find_sent(TEXT, SINCE)
    assert caught.value.retryable


def test_many_are_looked_for_at_once_in_order(carrier: TwilioCarrier, api: ApiServer) -> None:
    gate = threading.Barrier(8, timeout=4)

    def answer(request: Request) -> Response:
        place = int(request.args["To"][-2:])
        if place < 8:
            gate.wait()
        row = listed("sent", f"SM{place}", "Tue, 24 Nov 2026 04:00:00 +0000", "修路")
        return Response(f'{{"messages": [{row}]}}', mimetype="application/json")

    api.usual = answer
    texts = [replace(TEXT, to=PhoneNumber(f"+86138123400{place:02}")) for place in range(40)]
    answers = carrier.find_each([Sought(text, SINCE) for text in texts])
    assert answers == [[SentItem(f"SM{place}", "", "修路")] for place in range(40)]
    assert (api.most_at_once, len({seen.connection for seen in api.seen})) == (8, 8)
    assert carrier.find_each([]) == []


@pytest.mark.parametrize(
    ("answer", "asked"),
    [(failing(500), 8), (failing(429, 20429), 8), (resetting, 16), (failing(403), 40), (answering("{}"), 8),
     (answering("[]"), 8), (answering('{"messages": null}'), 8), (answering('{"messages": ["x"]}'), 8)],
)  # fmt: skip
def test_carrier_in_trouble_is_asked_once_for_each_lane(
    carrier: TwilioCarrier, api: ApiServer, answer: Callable[[Request], Response], asked: int
) -> None:
    api.usual = answer
    answers = carrier.find_each([Sought(TEXT, SINCE)] * 40)
    assert all(isinstance(one, CarrierError) for one in answers)  # never "there is none"
    assert len(api.seen) == asked  # what is broken off the session itself asks once more


def test_one_answer_that_fails_spoils_no_other(carrier: TwilioCarrier, api: ApiServer) -> None:
    api.script = [failing(500)]
    api.usual = answering('{"messages": []}')
    answers = carrier.find_each([Sought(TEXT, SINCE)] * 40)
    assert sorted(type(one).__name__ for one in answers) == ["Unreachable"] + ["list"] * 39


def test_text_is_emptied(carrier: TwilioCarrier, api: ApiServer) -> None:
    api.usual = answering('{"sid": "SM1", "body": ""}')
    carrier.redact_text("SM1")
    assert (api.seen[0].method, api.seen[0].path) == ("POST", f"{ACCOUNT_PATH}/Messages/SM1.json")
    assert api.seen[0].fields == [("Body", "")]


def test_text_that_is_gone_is_empty_enough(carrier: TwilioCarrier, api: ApiServer) -> None:
    api.usual = failing(404, 20404)
    carrier.redact_text("SM1")
    carrier.delete_recording("RE1")
    assert len(api.seen) == 2


def test_text_in_flight_may_be_emptied_later(carrier: TwilioCarrier, api: ApiServer) -> None:
    api.usual = failing(409, 20009)
    with pytest.raises(Throttled):
        carrier.redact_text("SM1")


def test_recording_is_fetched_and_deleted(carrier: TwilioCarrier, api: ApiServer) -> None:
    sound = b"RIFF" + bytes(range(256)) * 1000
    api.script = [lambda _request: Response(sound, mimetype="audio/x-wav"), lambda _request: Response(status=204)]
    assert carrier.fetch_recording("RE1") == sound
    carrier.delete_recording("RE1")
    assert [(seen.method, seen.path) for seen in api.seen] == [
        ("GET", f"{ACCOUNT_PATH}/Recordings/RE1.wav"),
        ("DELETE", f"{ACCOUNT_PATH}/Recordings/RE1.json"),
    ]
    assert {(seen.user, seen.password) for seen in api.seen} == {(carrier.account.account_sid, TOKEN)}


@pytest.mark.parametrize(("answer", "kind"), [(failing(404, 20404), Misconfigured), (failing(503), Unreachable)])
def test_recording_that_is_not_there_raises(
    carrier: TwilioCarrier, api: ApiServer, answer: Callable[[Request], Response], kind: type[CarrierError]
) -> None:
    api.usual = answer
    with pytest.raises(kind):
        carrier.fetch_recording("RE1")


# --- silence -----------------------------------------------------------------------------------------------------


def test_nothing_that_leaves_is_logged(
    carrier: TwilioCarrier, api: ApiServer, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    api.script = [failing(400, 21610), failing(500), resetting]
    carrier.send([TEXT, replace(TEXT, body="赞成"), CALL, TEXT])
    api.usual = answering('{"messages": []}')
    carrier.find_sent(TEXT, SINCE)
    shown = caplog.text + repr(carrier.account) + repr(TEXT) + repr(CALL)
    for secret in (TOKEN, TO.e164, TO.e164[1:], LINE.e164, "赞成", "修路", carrier.account.account_sid + ":"):
        assert secret not in shown
    assert not [record for record in caplog.records if record.name.startswith(("twilio", "aiohttp", "urllib3"))]
