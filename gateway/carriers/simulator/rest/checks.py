"""Checking what the gateway asks for, with the codes of Twilio's error dictionary."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlsplit

from gateway.carriers.simulator.exchange import read_number
from gateway.carriers.simulator.rest.errors import RefusedError

MAX_BODY = 1600
MAX_DOCUMENT = 4000
MAX_URL = 4000
MAX_RING_SECONDS = 600
MAX_VALIDITY = 36_000


def _names(text: str) -> frozenset[str]:
    return frozenset(text.split())


TEXT_FIELDS = _names(
    "To StatusCallback ApplicationSid MaxPrice ProvideFeedback Attempt ValidityPeriod ForceDelivery ContentRetention"
    " AddressRetention SmartEncoded PersistentAction TrafficType ShortenUrls ScheduleType SendAt SendAsMms"
    " ContentVariables MessageIntent RiskCheck From FallbackFrom MessagingServiceSid Body MediaUrl ContentSid"
)
CALL_FIELDS = _names(
    "To From Method FallbackUrl FallbackMethod StatusCallback StatusCallbackEvent StatusCallbackMethod SendDigits"
    " Timeout Record RecordingChannels RecordingStatusCallback RecordingStatusCallbackMethod RecordingConfigurationId"
    " SipAuthUsername SipAuthPassword MachineDetection MachineDetectionTimeout RecordingStatusCallbackEvent Trim"
    " CallerId"
    " MachineDetectionSpeechThreshold MachineDetectionSpeechEndThreshold MachineDetectionSilenceTimeout"
    " AsyncAmd AsyncAmdStatusCallback AsyncAmdStatusCallbackMethod Passports Byoc CallReason CallToken RecordingTrack"
    " TimeLimit ClientNotificationUrl Url Twiml ApplicationSid"
)
CALL_EVENTS = frozenset({"initiated", "ringing", "answered", "completed"})


def check_text(form: Mapping[str, str]) -> tuple[str, str]:
    """(To, From) of a message to create. Raises RefusedError."""
    to = _recipient(form.get("To", ""), missing=RefusedError(21604, "A 'To' phone number is required."))
    if not form.get("From"):
        raise RefusedError(21603, "A 'From' phone number is required.")
    sender = read_number(form["From"])
    if sender is None:
        raise RefusedError(
            21212, "The 'From' number is not a valid phone number, shortcode, or alphanumeric sender ID."
        )
    if sender == to:
        raise RefusedError(21266, "'To' and 'From' number cannot be the same")
    _check_body(form.get("Body", ""))
    check_callback(form.get("StatusCallback", ""))
    if not _is_whole(form.get("ValidityPeriod", "1"), MAX_VALIDITY):
        raise RefusedError(20001, "ValidityPeriod must be between 1 and 36000")
    return to, sender


def _check_body(body: str) -> None:
    if not body:
        raise RefusedError(21602, "Message body is required.")
    if len(body) > MAX_BODY:
        raise RefusedError(21617, "The concatenated message body exceeds the 1600 character limit.")


def check_call(form: Mapping[str, str]) -> tuple[str, str]:
    """(To, From) of a call to create. Raises RefusedError."""
    to = _recipient(form.get("To", ""), missing=RefusedError(21201, "No 'To' number is specified"))
    if not form.get("From"):
        raise RefusedError(21213, "No 'From' number is specified")
    sender = read_number(form["From"])
    if sender is None:
        raise RefusedError(21212, "The source phone number provided is not a valid phone number.")
    check_instructions(form)
    check_callback(form.get("StatusCallback", ""))
    if not _is_whole(form.get("Timeout", "60"), MAX_RING_SECONDS):
        raise RefusedError(20001, "Timeout must be between 1 and 600")
    return to, sender


def check_instructions(form: Mapping[str, str]) -> None:
    """What a call shall do: exactly one of an address and a document. Raises RefusedError."""
    url, document = form.get("Url", ""), form.get("Twiml", "")
    if bool(url) == bool(document):
        raise RefusedError(21205, "Url or Twiml parameter is required, and only one of them")
    if url and not _is_address(url):
        raise RefusedError(21205, "Url is not a valid URL")
    if len(document) > MAX_DOCUMENT:
        raise RefusedError(20001, "Twiml must be at most 4000 characters")


def check_callback(url: str) -> None:
    """A status callback: none, or an absolute address without an underscore in its host. Raises RefusedError."""
    if url and not _is_address(url):
        raise RefusedError(21609, "The 'StatusCallback' URL is not a valid URL.")


def _recipient(text: str, *, missing: RefusedError) -> str:
    if not text:
        raise missing
    number = read_number(text)
    if number is None:
        raise RefusedError(21211, "The 'To' number is not a valid phone number.")
    return number


def _is_address(url: str) -> bool:
    parts = urlsplit(url)
    return parts.scheme in {"http", "https"} and "_" not in (parts.hostname or "_") and len(url) <= MAX_URL


def _is_whole(text: str, most: int) -> bool:
    return text.isdecimal() and 1 <= int(text) <= most
