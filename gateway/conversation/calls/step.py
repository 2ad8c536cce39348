"""What an effect or a view of a call is given to work with."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeVar

from sqlalchemy.engine import Connection

from gateway.carriers.port import IncomingCall
from gateway.conversation.frozen import Frozen
from gateway.kernel.languages import DEFAULT_LANGUAGE
from gateway.kernel.ports import Ports
from gateway.polls import views as polls
from gateway.polls.model import Poll
from gateway.wording.catalogue import Wording
from ivr_flows.model import Value

Found = TypeVar("Found")


@dataclass(frozen=True)
class Step:
    """One moment of a call: the carrier's request, what the session knows, and the world outside.

    `seen` keeps what was looked up, for as long as this request is answered; `frozen` the polls that have been opened,
    for as long as the process lives. `sound_url` makes the address of a sound from its token.
    """

    call: IncomingCall
    values: Mapping[str, Value] = field(repr=False)
    ports: Ports
    wording: Wording
    seen: dict[Hashable, Any] = field(default_factory=dict, repr=False, compare=False)
    frozen: Frozen = field(default_factory=Frozen, repr=False, compare=False)
    sound_url: Callable[[str], str] = str

    def but(self, values: Mapping[str, Value]) -> Step:
        """The same moment with other values. (`dataclasses.replace` takes ten times as long, for every sentence.)"""
        changed = object.__new__(Step)
        changed.__dict__.update(self.__dict__, values=values)
        return changed

    def once(self, key: Hashable, find: Callable[[], Found]) -> Found:
        """What `find` finds, asked for once in a request."""
        if key not in self.seen:
            self.seen[key] = find()
        found: Found = self.seen[key]
        return found

    def poll(self, conn: Connection, number: int) -> Poll:
        """The poll with that number, for its words and form, which never change once it is open. Not for its state."""
        known = self.frozen.get(number)
        if known is None:
            known = polls.poll(conn, number)
            self.frozen.keep(known)
        return known

    @property
    def now(self) -> datetime:
        """The present moment."""
        return self.ports.clock.now()

    @property
    def language(self) -> str:
        """The language that is spoken in this call, or that of this sentence."""
        return self.text("language") or DEFAULT_LANGUAGE

    def text(self, name: str) -> str:
        """A value that is a text, "" when it is not there."""
        value = self.values.get(name)
        return value if isinstance(value, str) else ""

    def number(self, name: str) -> int:
        """A value that is a number; KeyError when it is not there, which is a fault of the menu."""
        value = self.values.get(name)
        if not isinstance(value, int):
            raise KeyError(name)
        return value

    def numbers(self, name: str) -> list[int]:
        """A value that is a list of numbers, empty when it is not there."""
        value = self.values.get(name)
        return value if isinstance(value, list) else []

    def say(self, key: str, **values: str | int) -> str:
        """A sentence in the language of the call."""
        return self.wording.say(key, self.language, **values)

    def sentence(self, text: str) -> str:
        """Somebody's own words as a sentence, with the pause that ends one; "" for none."""
        return self.say("call.sentence", text=text.rstrip("。.!?！？")) if text else ""


def spell(digits: str) -> str:
    """Digits one by one with a pause after each, as a number to remember is spoken."""
    return ", ".join(digits)
