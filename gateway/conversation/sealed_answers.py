"""Answers kept for repeats: sealed, for they may hold a receipt or quote a topic."""

from __future__ import annotations

import json
from collections.abc import Sequence

from gateway.kernel.errors import InputError
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
