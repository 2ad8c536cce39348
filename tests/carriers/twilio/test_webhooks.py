"""Requests in, plain values out; and whose requests are believed."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st
from twilio.request_validator import RequestValidator, add_port, remove_port
from werkzeug.datastructures import MultiDict

from gateway.carriers.port import (
    CarrierAccount,
    IncomingCall,
    IncomingText,
    ReportedStatus,
    SignedRequest,
    StatusReport,
)
from gateway.carriers.twilio.carrier import TwilioCarrier
from gateway.carriers.twilio.statuses import ERRORS
from gateway.kernel.errors import (
    BadNumber,
    CarrierError,
    InputError,
    Misconfigured,
    OptedOut,
    Rejected,
    Throttled,
    Unreachable,
)
from gateway.kernel.phones import PhoneNumber
from tests.carriers.twilio.requests_in import (
    CALL,
    MESSAGE,
    OURS,
    RECORDING,
    THEIRS,
    call_fields,
    signed,
    status_fields,
    text_fields,
)
from tests.fakes import TEST_ACCOUNT

CARRIER = TwilioCarrier(TEST_ACCOUNT)
RESIDENT, LINE = PhoneNumber(THEIRS), PhoneNumber(OURS)


# --- signatures --------------------------------------------------------------------------------------------------


def test_signature_vectors_are_judged_as_published(shared_data: Path) -> None:
    vectors = json.loads((shared_data / "twilio_webhooks" / "signatures.json").read_text(encoding="utf-8"))
    assert len(vectors) == 10
    for vector in vectors:
        carrier = TwilioCarrier(CarrierAccount("AC1", vector["auth_token"]))
        form = [(name, value) for name, value in vector.get("params", [])]
        request = SignedRequest(vector["url"], form, {"X-Twilio-Signature": vector["signature"]})
        assert carrier.verifies(request) is vector["valid"], vector["name"]


@pytest.mark.parametrize("url", ["https://a.example/twilio/sms", "https://a.example/twilio/sms?t=%E4%BD%A0%2F"])
@pytest.mark.parametrize("algorithm", ["", "HMAC_SHA1", "HMAC_SHA256"])
def test_signature_verifies_by_either_algorithm(url: str, algorithm: str) -> None:
    assert CARRIER.verifies(signed(text_fields(), url, algorithm=algorithm))


def test_signature_of_another_algorithm_than_announced_is_refused() -> None:
    request = signed(text_fields(), algorithm="HMAC_SHA256")
    assert not CARRIER.verifies(replace(request, headers={"X-Twilio-Signature": request.headers["X-Twilio-Signature"]}))


def test_signature_by_an_unknown_algorithm_is_refused_silently(caplog: pytest.LogCaptureFixture) -> None:
    request = signed(text_fields())
    headers = {**request.headers, "X-Twilio-Webhooks-Signature-Settings": "key=k,algorithm=NONE"}
    assert not CARRIER.verifies(replace(request, headers=headers))
    assert not caplog.records


@pytest.mark.parametrize("part", ["body", "added", "dropped", "url", "token", "unsigned", "empty", "strange"])
def test_signature_covers_everything(part: str) -> None:
    good = signed(text_fields())
    header = "X-Twilio-Signature"
    bad = {
        "body": replace(good, form=text_fields(Body="赞成")),
        "added": replace(good, form=[*good.form, ("Digits", "1")]),
        "dropped": replace(good, form=good.form[1:]),
        "url": replace(good, url=good.url + "?t=1"),
        "token": signed(text_fields(), token="another-token"),
        "unsigned": replace(good, headers={}),
        "empty": replace(good, headers={header: ""}),
        "strange": replace(good, headers={header: "签名"}),
    }[part]
    assert CARRIER.verifies(good)
    assert not CARRIER.verifies(bad)


def test_signature_header_is_found_however_it_is_written() -> None:
    good = signed(text_fields())
    assert CARRIER.verifies(replace(good, headers={"x-twilio-signature": good.headers["X-Twilio-Signature"]}))


# --- texts -------------------------------------------------------------------------------------------------------


def test_text_is_read() -> None:
    expected = IncomingText(MESSAGE, RESIDENT, LINE, "议题 村口路灯坏了")
    assert CARRIER.read_text(signed(text_fields())) == expected


@pytest.mark.parametrize(
    ("changed", "field", "value"),
    [
        ({"Body": ""}, "body", ""),
        ({"Body": " 1 \n"}, "body", " 1 \n"),
        ({"NumMedia": "2"}, "media", 2),
        ({"NumMedia": "many"}, "media", 0),
        ({"NumMedia": None}, "media", 0),
        ({"From": "anonymous"}, "sender", None),
        ({"From": ""}, "sender", None),
        ({"From": "10086"}, "sender", None),
        ({"From": "13812340001"}, "sender", None),
        ({"From": "whatsapp:+8613812340001"}, "sender", None),
        ({"MessageSid": None}, "carrier_id", MESSAGE),
        ({"Sudden": "new"}, "carrier_id", MESSAGE),
    ],
)
def test_text_is_read_with(changed: dict[str, str | None], field: str, value: object) -> None:
    assert getattr(CARRIER.read_text(signed(text_fields(**changed))), field) == value


@pytest.mark.parametrize(
    "changed",
    [
        {"MessageSid": None, "SmsSid": None},
        {"MessageSid": "../../x"},
        {"MessageSid": "S" * 65},
        {"From": None},
        {"To": None},
        {"To": "village"},
        {"Body": None},
    ],
)
def test_text_without_a_required_field_is_unreadable(changed: dict[str, str | None]) -> None:
    with pytest.raises(InputError) as caught:
        CARRIER.read_text(signed(text_fields(**changed)))
    assert caught.value.code == "webhook_unreadable"
    assert not any(str(value) in str(caught.value) for value in changed.values() if value)


# --- calls -------------------------------------------------------------------------------------------------------


def test_inbound_call_is_read() -> None:
    assert CARRIER.read_call(signed(call_fields())) == IncomingCall(CALL, RESIDENT, LINE)


def test_outbound_call_is_read_from_the_residents_side() -> None:
    fields = call_fields(From=OURS, To=THEIRS, Direction="outbound-api", Digits="1")
    assert CARRIER.read_call(signed(fields)) == IncomingCall(CALL, RESIDENT, LINE, digits="1", outbound=True)


def test_withheld_number_is_read_as_none() -> None:
    assert CARRIER.read_call(signed(call_fields(From="Anonymous"))) == IncomingCall(CALL, None, LINE)


def test_recording_is_read() -> None:
    fields = call_fields(RecordingSid=RECORDING, RecordingDuration="12", Digits="#", RecordingUrl="https://x.example/r")
    expected = IncomingCall(CALL, RESIDENT, LINE, digits="#", recording_id=RECORDING, recording_seconds=12)
    assert CARRIER.read_call(signed(fields)) == expected


def test_empty_digits_are_none() -> None:
    assert CARRIER.read_call(signed(call_fields(Digits=""))).digits is None


@pytest.mark.parametrize(
    "changed", [{"CallSid": None}, {"From": None}, {"To": None}, {"To": "x"}, {"RecordingSid": "../x"}]
)
def test_call_without_a_required_field_is_unreadable(changed: dict[str, str | None]) -> None:
    with pytest.raises(InputError):
        CARRIER.read_call(signed(call_fields(**changed)))


def test_values_never_show_in_repr() -> None:
    shown = repr(CARRIER.read_text(signed(text_fields()))) + repr(CARRIER.read_call(signed(call_fields(Digits="7351"))))
    shown += repr(signed(text_fields()))
    assert not any(secret in shown for secret in (THEIRS, OURS, "路灯", "7351"))


# --- statuses ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("word", "status"),
    [
        ("queued", ReportedStatus.ACCEPTED),
        ("accepted", ReportedStatus.ACCEPTED),
        ("sending", ReportedStatus.ACCEPTED),
        ("sent", ReportedStatus.SENT),
        ("delivered", ReportedStatus.DELIVERED),
        ("read", ReportedStatus.DELIVERED),
        ("teleported", ReportedStatus.ACCEPTED),
    ],
)
def test_text_status_is_read(word: str, status: ReportedStatus) -> None:
    assert CARRIER.read_status(signed(status_fields(MessageStatus=word))) == StatusReport(MESSAGE, status)
    assert CARRIER.read_status(signed(status_fields(MessageStatus=None, SmsStatus=word))) == StatusReport(
        MESSAGE, status
    )


@pytest.mark.parametrize(
    ("word", "status"),
    [
        ("initiated", ReportedStatus.ACCEPTED),
        ("ringing", ReportedStatus.SENT),
        ("in-progress", ReportedStatus.SENT),
        ("completed", ReportedStatus.DELIVERED),
        ("busy", ReportedStatus.BUSY),
        ("no-answer", ReportedStatus.NO_ANSWER),
    ],
)
def test_call_status_is_read(word: str, status: ReportedStatus) -> None:
    fields = call_fields(Direction="outbound-api", CallStatus=word, CallbackSource="call-progress-events")
    assert CARRIER.read_status(signed(fields)) == StatusReport(CALL, status)


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("30003", Unreachable),
        ("30004", OptedOut),
        ("30005", BadNumber),
        ("30006", BadNumber),
        ("30007", Rejected),
        ("30008", Unreachable),
        ("30001", Throttled),
        ("30034", Misconfigured),
        ("21610", OptedOut),
        ("39999", Rejected),
        (None, Unreachable),
    ],
)
@pytest.mark.parametrize("word", ["failed", "undelivered"])
def test_failed_text_is_classified(word: str, code: str | None, kind: type[CarrierError]) -> None:
    report = CARRIER.read_status(signed(status_fields(MessageStatus=word, ErrorCode=code)))
    assert report.status is ReportedStatus.FAILED
    assert type(report.error) is kind
    assert report.error.carrier_code == (code or "")


def test_failed_call_without_a_reason_is_a_bad_number() -> None:
    report = CARRIER.read_status(signed(call_fields(CallStatus="failed")))
    assert (report.status, type(report.error)) == (ReportedStatus.FAILED, BadNumber)


@pytest.mark.parametrize("changed", [{"MessageSid": None, "SmsSid": None}, {"MessageStatus": None, "SmsStatus": None}])
def test_status_without_a_required_field_is_unreadable(changed: dict[str, str | None]) -> None:
    with pytest.raises(InputError):
        CARRIER.read_status(signed(status_fields(**changed)))


def test_opt_outs_and_wrong_credentials_are_never_sent_again() -> None:
    assert {code for code, kind in ERRORS.items() if kind is OptedOut} == {21610, 30004}
    assert all(not ERRORS[code].retryable for code in (20003, 21211, 21610, 21614, 30006, 30007))
    assert all(ERRORS[code].retryable for code in (20429, 20500, 20503, 21611))


@given(
    st.lists(st.tuples(st.text(max_size=8), st.text(max_size=12)), max_size=8),
    st.sampled_from(
        [
            "https://v.example/s",
            "https://v.example:8443/s?a=%E4%BD%A0&b",
            "http://v.example:80/",
            "https://v.example/?x",
        ]
    ),
    st.sampled_from(["HMAC_SHA1", "HMAC_SHA256"]),
)
def test_signature_is_what_the_carriers_library_computes(form, url, algorithm) -> None:  # type: ignore[no-untyped-def]
    fields = MultiDict(form)
    headers = {"X-Twilio-Webhooks-Signature-Settings": f"key=k,algorithm={algorithm}"}
    validator = RequestValidator(TEST_ACCOUNT.auth_token)
    for signed_url in (url, add_port(urlsplit(url)), remove_port(urlsplit(url))):
        signature = validator.compute_signature(signed_url, fields, algorithm)
        request = SignedRequest(url, form, {**headers, "X-Twilio-Signature": signature})
        assert CARRIER.verifies(request)
        assert not CARRIER.verifies(replace(request, form=[*form, ("longer than any", "y")]))
