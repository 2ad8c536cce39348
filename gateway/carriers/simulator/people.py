"""Who is on the telephone during a call: a script that answers by itself, or a person at the handset page.

A script is a list of key groups, one given each time keys or a recording are asked for, or a list of rules that choose
the keys by what was just heard. A group is keys ("1", "12345#"), "" for silence, "record:3" to speak for three seconds
("record:3#" ends with a key, "record:3hangup" by hanging up), or "hangup". A leading "!" does not wait for the voice to
end. Whoever has no more groups hangs up when asked again; whoever finds no rule stays silent.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

from gateway.carriers.simulator.line import HungUp, Line

Script = tuple[str, ...] | tuple[tuple[str, str], ...]

KEY_SECONDS = 0.6
SLOW_KEY_SECONDS = 2.5
# Old hands: now and then a key takes longer than any gateway waits. First the 4th, then every 17th after it.
LOST_KEY_SECONDS = 12.0
# How much an answering machine takes.
MACHINE_SECONDS = 30.0
_FIRST_LOST, _LOST_EVERY = 4, 17
_RECORD = re.compile(r"record:(\d+)(hangup|[0-9*#])?")


def read_script(data: object) -> Script:
    """A script as JSON has it: a list of strings, or a list of pairs. Raises ValueError."""
    items = data if isinstance(data, list | tuple) else None
    if items is not None and all(isinstance(i, str) for i in items):
        return tuple(items)
    if items is not None and all(isinstance(i, list | tuple) and list(map(type, i)) == [str, str] for i in items):
        return tuple((heard, keys) for heard, keys in items)
    raise ValueError("a script is a list of key groups or of [heard, keys] pairs")


@dataclass(frozen=True)
class Spoken:
    """What came of a recording: whole seconds of speech, and the key that ended it ("hangup", or "" for silence).

    `sound` is what was really spoken, where somebody did."""

    seconds: int
    ended_with: str = ""
    sound: bytes = field(default=b"", repr=False)


class Person(Protocol):
    """Whoever holds the telephone. Seconds are those of the call; all may raise what the line raises when it is cut."""

    @property
    def is_typing(self) -> bool:
        """Whether a key is due at once."""

    async def listen(self, seconds: float, *, may_interrupt: bool) -> None:
        """Listen for `seconds`, fewer when keys may interrupt and one is pressed."""

    def asked(self, heard: str) -> None:
        """Keys or speech are awaited now, after `heard` was said since the last time."""

    async def next_key(self, seconds: float) -> str | None:
        """The key pressed within `seconds`; None for none."""

    def answered(self, *, in_time: bool) -> None:
        """Nobody waits for keys any more, because they were complete or because they came too slowly."""

    async def speak(self, longest: int, silence: int, end_keys: str) -> Spoken:
        """Speak after the beep for `longest` seconds at most; `silence` seconds of it end the recording."""


class ScriptedPerson:
    """Answers from a script."""

    def __init__(self, line: Line, script: Script, *, is_slow: bool = False) -> None:
        self._line = line
        self._groups = deque(g for g in script if isinstance(g, str))
        self._rules: Sequence[tuple[str, str]] | None = [r for r in script if not isinstance(r, str)]
        if self._groups:
            self._rules = None
        self._is_slow = is_slow
        self._typed = 0
        self._group = ""
        self._coming: deque[tuple[float, str]] = deque()

    async def listen(self, seconds: float, *, may_interrupt: bool) -> None:
        if may_interrupt and self._coming:
            # Still typing what the gateway did not wait for: the next key falls into its speech.
            delay, key = self._coming[0]
            passed = min(delay, seconds)
            self._coming[0] = (delay - passed, key)
            await self._line.pass_time(passed)
        elif may_interrupt and self._groups and self._groups[0].startswith("!"):
            self.asked("")
        else:
            await self._line.pass_time(seconds)

    @property
    def is_typing(self) -> bool:
        """Whether a key is due at once."""
        return bool(self._coming) and self._coming[0][0] == 0

    def asked(self, heard: str) -> None:
        if self._coming or self._group:
            return
        self._group = self._choose(heard)
        if self._group == "hangup":
            self._line.cut(HungUp("caller"))
        elif not self._group.startswith("record:"):
            self._coming = deque((self._next_delay(), key) for key in self._group.removeprefix("!"))
            if self._group.startswith("!") and self._coming:
                self._coming[0] = (0, self._coming[0][1])

    def _choose(self, heard: str) -> str:
        if self._rules is None:
            return self._groups.popleft() if self._groups else "hangup"
        return next((keys for said, keys in self._rules if _matches(said, heard)), "")

    def _next_delay(self) -> float:
        self._typed += 1
        if not self._is_slow:
            return KEY_SECONDS
        lost = self._typed % _LOST_EVERY == _FIRST_LOST
        return LOST_KEY_SECONDS if lost else SLOW_KEY_SECONDS

    async def next_key(self, seconds: float) -> str | None:
        if not self._coming:
            await self._line.pass_time(seconds)
            return None
        delay, key = self._coming[0]
        await self._line.pass_time(min(delay, seconds))
        if delay > seconds:
            self._coming[0] = (delay - seconds, key)
            return None
        self._coming.popleft()
        return key

    def answered(self, *, in_time: bool) -> None:
        if in_time:
            self._coming.clear()
        elif self._coming and self._rules is None and self._group:
            # It was not taken; asked again, the person keys it in again.
            self._groups.appendleft(self._group)
        self._group = ""

    async def speak(self, longest: int, silence: int, end_keys: str) -> Spoken:
        wish, self._group = _RECORD.fullmatch(self._group), ""
        if wish is None:
            key = await self.next_key(silence)
            self._coming.clear()
            return Spoken(0, key if key and key in end_keys else "")
        seconds = min(int(wish[1]), longest)
        await self._line.pass_time(seconds)
        if wish[2] or seconds == longest:
            return Spoken(seconds, wish[2] or "")
        await self._line.pass_time(silence)
        return Spoken(seconds)


def _matches(said: str, heard: str) -> bool:
    pattern = said.removeprefix("re:")
    return re.search(pattern, heard) is not None if pattern != said else said in heard


class Machine:
    """An answering machine: it lets everybody finish and then records for half a minute."""

    is_typing = False

    def __init__(self, line: Line) -> None:
        self._line = line
        self._room = MACHINE_SECONDS

    async def listen(self, seconds: float, *, may_interrupt: bool) -> None:  # noqa: ARG002  # it never interrupts
        await self._record(seconds)

    def asked(self, heard: str) -> None:
        """It understands nothing."""

    async def next_key(self, seconds: float) -> str | None:
        await self._record(seconds)
        return None

    def answered(self, *, in_time: bool) -> None:
        """It never presses a key."""

    async def speak(self, longest: int, silence: int, end_keys: str) -> Spoken:  # noqa: ARG002  # it is silent
        await self._record(silence)
        return Spoken(0)

    async def _record(self, seconds: float) -> None:
        passed = min(seconds, self._room)
        self._room -= passed
        await self._line.pass_time(passed)
        if not self._room:
            raise HungUp("caller")


class PersonByHand:
    """Somebody at the handset page: keys come from outside, as they come."""

    def __init__(self, line: Line) -> None:
        self._line = line

    async def listen(self, seconds: float, *, may_interrupt: bool) -> None:
        await self._line.pass_time(seconds, until_key=may_interrupt)
        if not may_interrupt:
            self._line.forget_keys()

    def asked(self, heard: str) -> None:
        """Nothing to do: the person hears it."""

    async def next_key(self, seconds: float) -> str | None:
        await self._line.pass_time(seconds, until_key=True)
        return self._line.take_key()

    def answered(self, *, in_time: bool) -> None:  # noqa: ARG002  # the page shows it
        self._line.forget_keys()

    @property
    def is_typing(self) -> bool:
        """Whether a key is due at once."""
        return self._line.has_keys()

    async def speak(self, longest: int, silence: int, end_keys: str) -> Spoken:  # noqa: ARG002  # see below
        # A browser's silence cannot be heard here: the recording lasts until a key, a hang-up, or its longest.
        start, key = self._line.seconds, ""
        try:
            while not key and self._line.seconds - start < longest:
                await self._line.pass_time(longest - (self._line.seconds - start), until_key=True)
                pressed = self._line.take_key() or ""
                key = pressed if pressed in end_keys else ""
        except HungUp:
            key = "hangup"
        return Spoken(int(self._line.seconds - start), key)
