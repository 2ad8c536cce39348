"""A telephone for journeys: texts and calls the gateway's hooks in this process, signed as the carrier signs.

It walks the answers as the carrier does (Gather, Record, Redirect, Hangup), so a journey says only who presses what.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from xml.etree import ElementTree as ET

from flask.testing import FlaskClient

from tests.web.signing import PUBLIC_URL, signed_post

MOST_STEPS = 60
_numbers = itertools.count(1)


@dataclass
class Handset:
    """One telephone with `number`, whose owner texts and calls `line`."""

    client: FlaskClient
    number: str
    line: str

    def text(self, body: str, sid: str | None = None) -> list[str]:
        """Send a text; the texts that come back at once."""
        form = self._form(MessageSid=sid or f"SM{next(_numbers):032x}", Body=body, NumMedia="0", SmsStatus="received")
        return [message.text or "" for message in self._post("/twilio/sms", form).iter("Message")]

    def call(self, keys: Sequence[str]) -> Call:
        """Call and press one group of `keys` at each chance, then hang up; "" lets a chance pass in silence."""
        call = Call(f"CA{next(_numbers):032x}")
        self._walk(call, "/twilio/voice", iter(keys))
        return call

    def go_on(self, call: Call, path: str, keys: Sequence[str]) -> Call:
        """The carrier was told to ask `path` what a call does that is under way; then as in `call`."""
        self._walk(call, path, iter(keys))
        return call

    def answer(self, path: str, keys: Sequence[str]) -> Call:
        """Answer a call that was placed; then as in `call`."""
        call = Call(f"CA{next(_numbers):032x}", placed=True)
        self._walk(call, path, iter(keys))
        return call

    def _walk(self, call: Call, path: str, keys: Iterator[str]) -> None:
        form: dict[str, str] = {}
        for _ in range(MOST_STEPS):
            way = {"CallSid": call.sid, "CallStatus": "in-progress", "Direction": "inbound"}
            if call.placed:
                way |= {"Direction": "outbound-api", "From": self.line, "To": self.number}
            answer = self._post(path, self._form(**way | form))
            call.heard += [(e.get("language") or "", "".join(e.itertext()).strip()) for e in answer.iter("Say")]
            step = _next_step(answer, keys)
            if step is None:
                return
            path, form = step
            call.pressed += [form[name] for name in ("Digits",) if name in form]

    def _form(self, **fields: str) -> dict[str, str]:
        usual = {"AccountSid": "AC" + "0" * 32, "From": self.number, "To": self.line, "ApiVersion": "2010-04-01"}
        return usual | fields

    def _post(self, path: str, form: dict[str, str]) -> ET.Element:
        response = signed_post(self.client, path.removeprefix(PUBLIC_URL), form)
        assert response.status_code == 200, response.status_code
        return ET.fromstring(response.text)


@dataclass
class Call:
    """What was heard (language, words) and pressed in one call; `placed`: we called."""

    sid: str
    placed: bool = False
    heard: list[tuple[str, str]] = field(default_factory=list)
    pressed: list[str] = field(default_factory=list)

    @property
    def words(self) -> str:
        """Everything that was heard."""
        return " ".join(words for _, words in self.heard)


def _next_step(answer: ET.Element, keys: Iterator[str]) -> tuple[str, dict[str, str]] | None:
    """Where the call goes on and with what; None when it has ended or the caller hangs up."""
    for verb in answer:
        if verb.tag == "Gather":
            pressed = next(keys, None)
            if pressed is None:
                return None
            if pressed or verb.get("actionOnEmptyResult") == "true":
                return verb.get("action", ""), {"Digits": pressed}
        elif verb.tag == "Record":
            seconds = next(keys, None)
            if seconds is None:
                return None
            recording = {
                "RecordingSid": f"RE{next(_numbers):032x}",
                "RecordingDuration": seconds,
                "RecordingUrl": "http://x",
            }
            return verb.get("action", ""), recording | {"Digits": "#"}
        elif verb.tag == "Dial":
            # In the meeting, until the star is pressed.
            return (verb.get("action", ""), {"DialCallStatus": "completed"}) if next(keys, None) == "*" else None
        elif verb.tag == "Redirect":
            return (verb.text or "").strip(), {}
        elif verb.tag in ("Hangup", "Reject"):
            return None
    return None
