"""What the carrier sends us: is it really from the carrier, and what does it say, as the port's plain values.

The signature is an HMAC over the address as the carrier called it and every field, sorted. The carrier's own library
takes 67 µs for it, of which the HMAC is 2, so it is computed here; the tests hold it against the library. It names no
time, so a copy of a request verifies for ever: repeats are met by claims.
"""

from __future__ import annotations

import base64
import hmac
import re
from collections.abc import Mapping
from urllib.parse import urlsplit

from twilio.request_validator import (
    HMAC_SHA1,
    HMAC_SHA256,
    SIGNATURE_HEADER,
    SIGNATURE_SETTINGS_HEADER,
    add_port,
    get_signature_algorithm,
    remove_port,
)

from gateway.carriers.port import IncomingCall, IncomingText, ReportedStatus, SignedRequest, StatusReport
from gateway.carriers.twilio.statuses import CALL_STATUS, DECLINED_CODES, TEXT_STATUS, UNANSWERED, failure
from gateway.kernel.errors import InputError
from gateway.kernel.phones import PhoneNumber, parse_phone

_ID = re.compile(r"[A-Za-z0-9]{1,64}")
_SIGNATURE, _SETTINGS = SIGNATURE_HEADER.lower(), SIGNATURE_SETTINGS_HEADER.lower()
_DIGESTS = {HMAC_SHA1: "sha1", HMAC_SHA256: "sha256"}


def is_signed(request: SignedRequest, auth_token: str) -> bool:
    """Whether `request` carries the signature that `auth_token` gives it.

    Some of the carrier's products sign the address with its port and some without: both are right.
    """
    headers = {name.lower(): value for name, value in request.headers.items()}
    signature = headers.get(_SIGNATURE, "").encode()
    digest = _digest(headers.get(_SETTINGS))
    if not signature or digest is None:
        return False
    fields = "".join(name + value for name, value in sorted(set(request.form)))
    token = auth_token.encode()
    if _is_of(signature, token, request.url + fields, digest):
        return True
    parts = urlsplit(request.url)
    return any(_is_of(signature, token, url + fields, digest) for url in (add_port(parts), remove_port(parts)))


def _digest(settings: str | None) -> str | None:
    """The hash that a request was signed with; None for one that we do not trust."""
    return _DIGESTS.get(get_signature_algorithm(settings).upper()) if settings else "sha1"


def _is_of(signature: bytes, token: bytes, signed: str, digest: str) -> bool:
    computed = base64.b64encode(hmac.digest(token, signed.encode(), digest))
    return hmac.compare_digest(computed, signature)


def read_text(request: SignedRequest) -> IncomingText:
    """The text that a request brings. InputError("webhook_unreadable")."""
    form = _first_values(request)
    return IncomingText(
        carrier_id=_id(form, "MessageSid", "SmsSid"),
        sender=_number_or_none(_required(form, "From")),
        recipient=_number(form, "To"),
        body=_required(form, "Body"),
        media=_whole(form.get("NumMedia")),
    )


def read_call(request: SignedRequest) -> IncomingCall:
    """The step of a call that a request asks about. InputError("webhook_unreadable")."""
    form = _first_values(request)
    outbound = form.get("Direction", "").startswith("outbound")
    theirs, ours = ("To", "From") if outbound else ("From", "To")
    return IncomingCall(
        carrier_id=_id(form, "CallSid"),
        caller=_number_or_none(_required(form, theirs)),
        line=_number(form, ours),
        digits=form.get("Digits") or None,
        recording_id=_id(form, "RecordingSid") if form.get("RecordingSid") else None,
        recording_seconds=_whole(form.get("RecordingDuration")),
        outbound=outbound,
    )


def read_status(request: SignedRequest) -> StatusReport:
    """What a status callback reports. InputError("webhook_unreadable").

    A word that is new to us says nothing: it counts as accepted, which moves nothing.
    """
    form = _first_values(request)
    is_call = "CallSid" in form
    if is_call and (answered := _answered_by(form)) is not None:
        return StatusReport(_id(form, "CallSid"), answered)
    if is_call:
        carrier_id, word, table = _id(form, "CallSid"), _required(form, "CallStatus"), CALL_STATUS
    else:
        word = form.get("MessageStatus") or _required(form, "SmsStatus")
        carrier_id, table = _id(form, "MessageSid", "SmsSid"), TEXT_STATUS
    status = table.get(word.lower(), ReportedStatus.ACCEPTED)
    if is_call and status in UNANSWERED and form.get("SipResponseCode") in DECLINED_CODES:
        status = ReportedStatus.DECLINED
    failed = status is ReportedStatus.FAILED
    return StatusReport(carrier_id, status, failure(_whole(form.get("ErrorCode")), call=is_call) if failed else None)


def _answered_by(form: Mapping[str, str]) -> ReportedStatus | None:
    """What a report says that only tells who answered; None for any other report."""
    if "CallStatus" in form and form["CallStatus"] != "in-progress":
        return None
    who = form.get("AnsweredBy", "")
    if who.startswith("machine") or who == "fax":
        return ReportedStatus.MACHINE
    # A person, or nobody knows: that moves nothing.
    return ReportedStatus.ACCEPTED if who and "CallStatus" not in form else None


def _first_values(request: SignedRequest) -> Mapping[str, str]:
    return dict(reversed(request.form))


def _required(form: Mapping[str, str], name: str) -> str:
    if name not in form:
        raise InputError("webhook_unreadable", field=name)
    return form[name]


def _id(form: Mapping[str, str], *names: str) -> str:
    """The carrier's name for something: letters and digits, or it is not what the carrier sends."""
    found = next((form[name] for name in names if name in form), "")
    if not _ID.fullmatch(found):
        raise InputError("webhook_unreadable", field=names[0])
    return found


def _number(form: Mapping[str, str], name: str) -> PhoneNumber:
    number = _number_or_none(_required(form, name))
    if number is None:
        raise InputError("webhook_unreadable", field=name)
    return number


def _number_or_none(text: str) -> PhoneNumber | None:
    """A number in international form; None for a withheld one, a short code, a sender that is a name."""
    try:
        return parse_phone(text) if text.startswith("+") else None
    except InputError:
        return None


def _whole(text: str | None) -> int:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) <= 9 else 0  # noqa: PLR2004  # digits
