"""TwiML as the simulated carrier reads it: verbs, their attributes, and what is wrong with them.

Like Twilio it skips what it does not know; unlike Twilio it says so (with the numbers of Twilio's error dictionary).
Names and attributes: Twilio's helper library 6.2.0, `VoiceResponse` and `MessagingResponse`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from xml.etree import ElementTree as ET

MAX_BYTES = 64 * 1024
MAX_SAID = 4096
MAX_TEXT = 1600
MAX_REPLIES = 10


@dataclass(frozen=True)
class Verb:
    """One instruction: its name, attributes, text and nested verbs."""

    name: str
    attributes: Mapping[str, str]
    text: str = field(repr=False, default="")
    children: tuple[Verb, ...] = ()

    def number(self, name: str, default: int) -> int:
        """An attribute that is a whole number; `default` when absent or unreadable."""
        value = self.attributes.get(name, "")
        return int(value) if value.isdecimal() else default

    def flag(self, name: str, *, default: bool) -> bool:
        """An attribute that is true or false."""
        return self.attributes.get(name, str(default)).lower() == "true"


@dataclass(frozen=True)
class Document:
    """The verbs that will be performed, and complaints as (error number, what)."""

    verbs: tuple[Verb, ...]
    complaints: tuple[tuple[int, str], ...] = ()
    is_usable: bool = True


@dataclass(frozen=True)
class _Rule:
    attributes: frozenset[str] = frozenset()
    children: frozenset[str] = frozenset()


def _rule(attributes: str = "", children: str = "") -> _Rule:
    return _Rule(frozenset(attributes.split()), frozenset(children.split()))


_SSML = "break emphasis lang p phoneme prosody s say-as sub w"
VOICE = {
    "Say": _rule("voice language loop", _SSML),
    "Play": _rule("digits loop"),
    "Pause": _rule("length"),
    "Gather": _rule(
        "action actionOnEmptyResult bargeIn debug enhanced finishOnKey hints input language maxSpeechTime method"
        " numDigits partialResultCallback partialResultCallbackMethod profanityFilter speechModel speechTimeout"
        " timeout",
        "Say Play Pause",
    ),
    "Record": _rule(
        "action finishOnKey maxLength method playBeep recordingConfigurationId recordingStatusCallback"
        " recordingStatusCallbackEvent recordingStatusCallbackMethod timeout transcribe transcribeCallback trim"
    ),
    "Redirect": _rule("method"),
    "Reject": _rule("reason"),
    "Hangup": _rule(),
    "Dial": _rule(
        "action answerOnBridge callReason callerId events hangupOnStar method recordingStatusCallback"
        " recordingStatusCallbackEvent recordingStatusCallbackMethod recordingTrack referMethod referUrl ringTone"
        " sequential timeLimit timeout trim record",
        "Conference",
    ),
    "Conference": _rule(
        "beep coach endConferenceOnExit eventCallbackUrl jitterBufferSize maxParticipants muted participantLabel record"
        " recordingStatusCallback recordingStatusCallbackEvent recordingStatusCallbackMethod region"
        " startConferenceOnEnter statusCallback statusCallbackEvent statusCallbackMethod trim waitMethod waitUrl"
    ),
}
MESSAGING = {
    "Message": _rule("action from method statusCallback to", "Body Media"),
    "Redirect": _rule("method"),
    "Body": _rule(),
    "Media": _rule(),
}
_NESTED_ONLY = {"Body", "Media", "Conference"}
_LAST = {"Redirect", "Hangup", "Reject"}
_VALUES = {
    "numDigits": r"[1-9]\d*",
    "timeout": r"[1-9]\d*",
    "maxLength": r"[1-9]\d*",
    "length": r"\d+",
    "loop": r"\d+",
    "method": r"GET|POST",
    "actionOnEmptyResult": r"true|false",
    "playBeep": r"true|false",
    "hangupOnStar": r"true|false",
    "muted": r"true|false",
    "beep": r"true|false|onEnter|onExit",
    "startConferenceOnEnter": r"true|false",
    "endConferenceOnExit": r"true|false",
    "input": r"dtmf|speech|dtmf speech|speech dtmf",
    "language": r"[a-z]{2,3}(-[A-Za-z]{4})?(-[A-Z]{2})?",
    "reason": r"rejected|busy",
    "trim": r"trim-silence|do-not-trim",
}


def read_voice(body: str) -> Document:
    """Read the answer to a step of a call."""
    return _read(body, VOICE)


def read_messaging(body: str) -> Document:
    """Read the answer to an inbound text; an empty body is no reply."""
    if not body.strip():
        return Document(())
    document = _read(body, MESSAGING)
    if len([v for v in document.verbs if v.name == "Message"]) > MAX_REPLIES:
        return Document(document.verbs[:MAX_REPLIES], (*document.complaints, (14109, "more than ten messages")))
    return document


def _read(body: str, rules: Mapping[str, _Rule]) -> Document:
    if len(body.encode()) > MAX_BYTES:
        return _unusable(11750, "larger than 64 kB")
    if "<!DOCTYPE" in body or "<!ENTITY" in body:
        # Entities can name files and grow without bound; TwiML needs none.
        return _unusable(12100, "a document type declaration")
    try:
        root = ET.fromstring(body.strip())  # noqa: S314  # declarations, the dangerous part, were refused above
    except ET.ParseError:
        return _unusable(12100, "not well-formed")
    if root.tag != "Response":
        return _unusable(12102, f"root is {root.tag}")
    complaints: list[tuple[int, str]] = []
    verbs = _read_verbs(root, frozenset(rules) - _NESTED_ONLY, rules, complaints)
    _check_order(verbs, complaints)
    return Document(verbs, tuple(complaints))


def _unusable(code: int, what: str) -> Document:
    return Document((), ((code, what),), is_usable=False)


def _read_verbs(
    parent: ET.Element, allowed: frozenset[str], rules: Mapping[str, _Rule], complaints: list[tuple[int, str]]
) -> tuple[Verb, ...]:
    verbs = []
    for element in parent:
        if element.tag in allowed:
            verbs.append(_read_verb(element, rules, complaints))
        else:
            complaints.append((12200, f"{element.tag} inside {parent.tag}"))
    return tuple(verbs)


def _read_verb(element: ET.Element, rules: Mapping[str, _Rule], complaints: list[tuple[int, str]]) -> Verb:
    rule = rules[element.tag]
    for name, value in element.attrib.items():
        if name not in rule.attributes:
            complaints.append((12200, f"attribute {name} of {element.tag}"))
        elif not re.fullmatch(_pattern(element.tag, name), value):
            complaints.append((12200, f"value of {name} of {element.tag}"))
    text = " ".join("".join(element.itertext()).split()) if element.tag != "Message" else "".join(element.itertext())
    if element.tag == "Say":
        children: tuple[Verb, ...] = ()
        complaints += [
            (12200, f"{c.tag} inside Say") for c in element.iter() if c is not element and not _may_say(c, rule)
        ]
    else:
        children = _read_verbs(element, rule.children, rules, complaints)
    complaints += _text_complaints(element.tag, text)
    return Verb(element.tag, dict(element.attrib), text, children)


def _may_say(element: ET.Element, rule: _Rule) -> bool:
    return element.tag in rule.children


def _pattern(verb: str, attribute: str) -> str:
    if attribute == "finishOnKey":
        return r"[0-9*#]*" if verb == "Record" else r"[0-9*#]?"
    return _VALUES.get(attribute, r"(?s).*")


def _text_complaints(verb: str, text: str) -> list[tuple[int, str]]:
    if verb == "Say" and not text:
        return [(13520, "Say without text")]
    if verb == "Say" and len(text) > MAX_SAID:
        return [(13521, "Say longer than 4096 characters")]
    if verb == "Message" and len(text) > MAX_TEXT:
        return [(21617, "Message longer than 1600 characters")]
    if verb in {"Play", "Redirect"} and not text:
        return [(12200, f"{verb} without an address")]
    return []


def _check_order(verbs: tuple[Verb, ...], complaints: list[tuple[int, str]]) -> None:
    last = next((i for i, v in enumerate(verbs) if v.name in _LAST), None)
    if last is not None and last < len(verbs) - 1:
        complaints.append((12200, f"{verbs[last + 1].name} after {verbs[last].name} is never reached"))
    if any(v.name == "Reject" for v in verbs[1:]):
        complaints.append((12200, "Reject is not the first verb"))
