"""Driving the simulated telephones by code: `Telephones` from anywhere, `AsyncTelephones` for hundreds at once.

Both say the same things to the control interface of a running simulator. Scripts of keys: see `people`.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Self
from urllib.error import HTTPError
from urllib.parse import quote, urlencode
from urllib.request import ProxyHandler, Request, build_opener

import aiohttp
from yarl import URL

Keys = Sequence[str] | Sequence[tuple[str, str]]

# A call in real time may take minutes; nobody waits longer than this for anything.
TIMEOUT_SECONDS = 900


class SimulatorError(Exception):
    """The simulator refused; says why."""


@dataclass(frozen=True)
class Heard:
    """Something that the gateway said: `kind` is say, play or beep; `at` in seconds of the call."""

    text: str = field(repr=False)
    language: str
    at: float
    kind: str = "say"


@dataclass(frozen=True)
class CallTranscript:
    """A call from beginning to end. `ended_by`: caller, gateway, carrier or error; `moments` as `ledger.Moment`."""

    sid: str
    number: str
    status: str
    ended_by: str
    seconds: int
    moments: Sequence[Mapping[str, Any]] = field(repr=False)

    @property
    def heard(self) -> list[Heard]:
        """Everything that was said or played."""
        return [Heard(m["text"], m["language"], m["at"], m["kind"]) for m in self.moments if m["who"] == "gateway"]

    @property
    def pressed(self) -> list[str]:
        """The keys, a group for each time they were taken."""
        return [m["text"] for m in self.moments if m["kind"] == "keys"]

    @property
    def text(self) -> str:
        """Everything heard, a line each."""
        return "\n".join(heard.text for heard in self.heard if heard.text)

    def __str__(self) -> str:
        """The call as prose: what was heard, what was pressed, how it ended."""
        marks = {
            "say": "  {}",
            "play": "  ♪ {}",
            "beep": "  *beep*",
            "keys": "> {}",
            "recording": "> speaks {} s",
            "conference": "  (in the meeting, {})",
        }
        lines = [marks[m["kind"]].format(m["text"]) for m in self.moments]
        return "\n".join([*lines, f"= {self.status}, ended by {self.ended_by}"])


@dataclass(frozen=True)
class _Ask:
    """One request to the control interface."""

    method: str
    path: str
    body: Mapping[str, Any] | None = None

    @property
    def data(self) -> bytes | None:
        """The body as JSON; a change always has one."""
        return None if self.method == "GET" else json.dumps(self.body or {}).encode()


_HEADERS = {"Content-Type": "application/json"}


def _phone(number: str, what: str = "") -> str:
    return f"/phones/{quote(number, safe='')}{what}"


def _add(number: str, name: str, behaviour: str, by_hand: bool) -> _Ask:
    body = {"number": number, "name": name, "behaviour": behaviour, "by_hand": by_hand}
    return _Ask("POST", "/phones", body)


def _text(number: str, to: str, body: str) -> _Ask:
    return _Ask("POST", _phone(number, "/texts"), {"to": to, "body": body})


def _call(number: str, to: str, keys: Keys) -> _Ask:
    return _Ask("POST", _phone(number, "/calls"), {"to": to, "keys": list(keys)})


def _messages(number: str, containing: str, seconds: float) -> _Ask:
    query = urlencode({"containing": containing, "seconds": seconds})
    return _Ask("GET", _phone(number, f"/messages?{query}"))


def _transcripts(number: str, count: int, seconds: float) -> _Ask:
    return _Ask("GET", _phone(number, f"/transcripts?{urlencode({'count': count, 'seconds': seconds})}"))


def _received(data: list[dict[str, Any]]) -> list[str]:
    return [message["body"] for message in data if not message["mine"]]


def _transcript(data: Mapping[str, Any]) -> CallTranscript:
    names = ("sid", "number", "status", "ended_by", "seconds", "moments")
    return CallTranscript(**{name: data[name] for name in names})


class Telephones:
    """Telephones of the simulator at `url`, driven synchronously; may be used from many threads."""

    def __init__(self, url: str) -> None:
        self._url = f"{url.rstrip('/')}/simulator"
        self._opener = build_opener(ProxyHandler({}))

    def _do(self, ask: _Ask) -> Any:
        request = Request(f"{self._url}{ask.path}", ask.data, _HEADERS, method=ask.method)  # noqa: S310  # loopback
        try:
            with self._opener.open(request, timeout=TIMEOUT_SECONDS) as response:
                return json.load(response)
        except HTTPError as error:
            raise SimulatorError(error.read().decode()) from None

    def add(self, number: str, name: str = "", behaviour: str = "", *, by_hand: bool = False) -> None:
        """Set up a telephone, or change how it behaves ("" is an ordinary one)."""
        self._do(_add(number, name, behaviour, by_hand))

    def text(self, number: str, to: str, body: str) -> list[str]:
        """Send a text; returns what the gateway replied at once."""
        return list(self._do(_text(number, to, body))["replies"])

    def messages(self, number: str, *, containing: str = "", seconds: float = 0) -> list[str]:
        """The texts received, oldest first; waits up to `seconds` for one that contains `containing`."""
        return _received(self._do(_messages(number, containing, seconds)))

    def call(self, number: str, to: str, keys: Keys) -> CallTranscript:
        """Call and follow the script to the end."""
        return _transcript(self._do(_call(number, to, keys)))

    def set_answers(self, number: str, keys: Keys) -> None:
        """Answer incoming calls by a script from now on."""
        self._do(_Ask("PUT", _phone(number, "/answers"), {"keys": list(keys)}))

    def transcripts(self, number: str, *, count: int = 0, seconds: float = 0) -> list[CallTranscript]:
        """All calls that are over, both ways, oldest first; waits up to `seconds` until there are `count`."""
        return [_transcript(data) for data in self._do(_transcripts(number, count, seconds))]

    def set_conditions(self, **conditions: float | bool) -> None:
        """Put carrier-wide conditions in force (fields of `Conditions`); those not named are at their best."""
        self._do(_Ask("PUT", "/conditions", conditions))

    def accepted(self) -> list[dict[str, Any]]:
        """Everything the carrier took to send: kind, sid, to, content, at."""
        return list(self._do(_Ask("GET", "/accepted")))

    def duplicates(self) -> list[dict[str, Any]]:
        """What was taken more than once: to, content, times."""
        return list(self._do(_Ask("GET", "/duplicates")))

    def warnings(self) -> list[dict[str, Any]]:
        """What a real carrier would have warned of: code, where, what."""
        return list(self._do(_Ask("GET", "/warnings")))

    def forget_warnings(self) -> None:
        """Begin a new list of warnings."""
        self._do(_Ask("DELETE", "/warnings"))

    def wait_until_idle(self, seconds: float = 60) -> bool:
        """Wait until no call, delivery or callback is under way; whether that came about in time."""
        return bool(self._do(_Ask("GET", f"/idle?seconds={seconds}"))["idle"])

    # --- by hand, as the page does it ---

    def show(self, number: str) -> dict[str, Any]:
        """A telephone with its texts and its latest call."""
        return dict(self._do(_Ask("GET", _phone(number))))

    def dial(self, number: str, to: str) -> None:
        """Begin a call whose keys are pressed with `press`."""
        self._do(_Ask("POST", _phone(number, "/calls"), {"to": to}))

    def press(self, number: str, keys: str) -> None:
        """Press keys during a call."""
        self._do(_Ask("POST", _phone(number, "/keys"), {"keys": keys}))

    def answer(self, number: str) -> None:
        """Press the green key of a ringing telephone."""
        self._do(_Ask("POST", _phone(number, "/answer")))

    def speak(self, number: str, sound: bytes) -> None:
        """Speak into a recording that is under way: WAV, 8 kHz, 16 bits, one channel; a key ends it."""
        self._do(_Ask("POST", _phone(number, "/speech"), {"sound": base64.b64encode(sound).decode()}))

    def hang_up(self, number: str) -> None:
        """Press the red key."""
        self._do(_Ask("POST", _phone(number, "/hang_up")))


class AsyncTelephones:
    """The same for asyncio: `async with AsyncTelephones(url) as telephones`."""

    def __init__(self, url: str) -> None:
        self._url = f"{url.rstrip('/')}/simulator"
        self._session: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        connector = aiohttp.TCPConnector(limit=0)
        timeout = aiohttp.ClientTimeout(total=TIMEOUT_SECONDS)
        self._session = aiohttp.ClientSession(connector=connector, timeout=timeout)
        return self

    async def __aexit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        if self._session:
            await self._session.close()

    async def _do(self, ask: _Ask) -> Any:
        assert self._session is not None
        url = URL(f"{self._url}{ask.path}", encoded=True)
        async with self._session.request(ask.method, url, data=ask.data, headers=_HEADERS) as response:
            if not response.ok:
                raise SimulatorError(await response.text())
            return await response.json()

    async def add(self, number: str, name: str = "", behaviour: str = "") -> None:
        """Set up a telephone, or change how it behaves ("" is an ordinary one)."""
        await self._do(_add(number, name, behaviour, by_hand=False))

    async def text(self, number: str, to: str, body: str) -> list[str]:
        """Send a text; returns what the gateway replied at once."""
        return list((await self._do(_text(number, to, body)))["replies"])

    async def messages(self, number: str, *, containing: str = "", seconds: float = 0) -> list[str]:
        """The texts received, oldest first; waits up to `seconds` for one that contains `containing`."""
        return _received(await self._do(_messages(number, containing, seconds)))

    async def call(self, number: str, to: str, keys: Keys) -> CallTranscript:
        """Call and follow the script to the end."""
        return _transcript(await self._do(_call(number, to, keys)))

    async def set_answers(self, number: str, keys: Keys) -> None:
        """Answer incoming calls by a script from now on."""
        await self._do(_Ask("PUT", _phone(number, "/answers"), {"keys": list(keys)}))

    async def transcripts(self, number: str, *, count: int = 0, seconds: float = 0) -> list[CallTranscript]:
        """All calls that are over, both ways, oldest first; waits up to `seconds` until there are `count`."""
        return [_transcript(data) for data in await self._do(_transcripts(number, count, seconds))]
