"""Answers kept for repeats, or to be sent later: sealed, for they may hold a receipt or quote a topic."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field

from gateway.carriers.port import IncomingText
from gateway.kernel.errors import InputError
from gateway.kernel.phones import PhoneNumber
from gateway.kernel.sealing import DaySealer


def seal_answer(words: Sequence[str], sealer: DaySealer) -> str:
    """The texts of an answer as one sealed value; "" for no answer."""
    return sealer.seal(json.dumps(list(words), ensure_ascii=False).encode()) if words else ""


def open_answer(sealed: str | None, sealer: DaySealer) -> list[str]:
    """The texts of a kept answer; none when there was none or its day is forgotten."""
    if not sealed:
        return []
    try:
        words = json.loads(sealer.open(sealed))
    except InputError:
        return []
    return [str(text) for text in words]


@dataclass(frozen=True)
class Envelope:
    """Answers on their way to who asked."""

    to: PhoneNumber
    sender: PhoneNumber
    words: tuple[str, ...] = field(repr=False)


def seal_envelope(incoming: IncomingText, words: Sequence[str], sealer: DaySealer) -> str:
    """Answers with whom they go to, as one sealed value; "" when the asker's number is withheld."""
    if incoming.sender is None:
        return ""
    envelope = {"to": incoming.sender.e164, "from": incoming.recipient.e164, "words": list(words)}
    return sealer.seal(json.dumps(envelope, ensure_ascii=False).encode())


def open_envelope(sealed: str, sealer: DaySealer) -> Envelope | None:
    """What `seal_envelope` closed; None when there was nobody to answer or its day is forgotten."""
    if not sealed:
        return None
    try:
        kept = json.loads(sealer.open(sealed))
    except InputError:
        return None
    return Envelope(PhoneNumber(kept["to"]), PhoneNumber(kept["from"]), tuple(kept["words"]))
