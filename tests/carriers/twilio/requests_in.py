"""Requests of the carrier for the tests of reading: fields in, a SignedRequest out."""

from __future__ import annotations

from collections.abc import Iterable

from twilio.request_validator import RequestValidator

from gateway.carriers.port import SignedRequest
from tests.fakes import TEST_ACCOUNT

URL = "https://village.example/twilio/sms"
THEIRS = "+8613812340001"
OURS = "+8657112345678"
MESSAGE = "SM" + "1" * 32
CALL = "CA" + "2" * 32
RECORDING = "RE" + "3" * 32


def text_fields(**changed: str | None) -> list[tuple[str, str]]:
    """An inbound text as the carrier posts it; None takes a field away."""
    return _changed({
        "MessageSid": MESSAGE, "SmsSid": MESSAGE, "SmsMessageSid": MESSAGE, "AccountSid": TEST_ACCOUNT.account_sid,
        "From": THEIRS, "To": OURS, "Body": "议题 村口路灯坏了", "NumMedia": "0", "NumSegments": "1",
        "SmsStatus": "received", "ApiVersion": "2010-04-01", "FromCountry": "CN", "FromCity": "",
    }, changed)  # fmt: skip


def call_fields(**changed: str | None) -> list[tuple[str, str]]:
    """A step of an inbound call."""
    return _changed({
        "CallSid": CALL, "AccountSid": TEST_ACCOUNT.account_sid, "From": THEIRS, "To": OURS, "Caller": THEIRS,
        "Called": OURS, "CallStatus": "ringing", "Direction": "inbound", "ApiVersion": "2010-04-01",
    }, changed)  # fmt: skip


def status_fields(**changed: str | None) -> list[tuple[str, str]]:
    """A status callback of a text."""
    return _changed({
        "MessageSid": MESSAGE, "SmsSid": MESSAGE, "MessageStatus": "delivered", "SmsStatus": "delivered",
        "From": OURS, "To": THEIRS, "AccountSid": TEST_ACCOUNT.account_sid, "ApiVersion": "2010-04-01",
    }, changed)  # fmt: skip


def signed(
    form: Iterable[tuple[str, str]], url: str = URL, *, algorithm: str = "", token: str = TEST_ACCOUNT.auth_token
) -> SignedRequest:
    """`form` as it arrives, signed; `algorithm` as a shared key's header names it."""
    fields = list(form)
    signature = RequestValidator(token).compute_signature(url, dict(fields), algorithm or None)
    headers = {"X-Twilio-Signature": signature}
    if algorithm:
        headers["X-Twilio-Webhooks-Signature-Settings"] = f"key=webhooks_sharedkey_1,algorithm={algorithm}"
    return SignedRequest(url, fields, headers)


def _changed(fields: dict[str, str], changed: dict[str, str | None]) -> list[tuple[str, str]]:
    return [(name, value) for name, value in {**fields, **changed}.items() if value is not None]
