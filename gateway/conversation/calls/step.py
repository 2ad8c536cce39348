"""What an effect or a view of a call is given to work with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from gateway.carriers.port import IncomingCall
from gateway.kernel.languages import DEFAULT_LANGUAGE
from gateway.kernel.ports import Ports
from gateway.wording.catalogue import Wording
from ivr_flows.model import Value


@dataclass(frozen=True)
class Step:
    """One moment of a call: the carrier's request, what the session knows, and the world outside."""

    call: IncomingCall
    values: Mapping[str, Value] = field(repr=False)
    ports: Ports
    wording: Wording

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


def spell(digits: str) -> str:
    """Digits one by one with a pause after each, as a number to remember is spoken."""
    return ", ".join(digits)
