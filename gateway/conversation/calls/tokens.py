"""The state of a call, sealed, as it travels in the address of the next step.

A token belongs to one call: opened in another it is worth nothing. `thread` is random and new at each greeting, so that
steps of a call that had to begin again are never taken for repeats. All tokens of a size class have one length: it must
not tell what somebody chose.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field

from gateway.kernel.errors import InputError
from gateway.kernel.sealing import DaySealer
from ivr_flows.session import Session, session_from_data

VERSION = 1
BLOCK_BYTES = 1024
THREAD_BYTES = 12
_write = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


@dataclass(frozen=True)
class CallState:
    """Where a call stands: which call, which thread of steps, and the menu's session."""

    call_id: str
    thread: str
    session: Session = field(repr=False)


def seal_state(state: CallState, *, sealer: DaySealer) -> str:
    """The state as URL-safe text that only `open_state` can read."""
    data = {"v": VERSION, "c": state.call_id, "t": state.thread, "s": state.session.to_data()}
    plain = _write(data).encode()
    return sealer.seal(plain + b" " * (-len(plain) % BLOCK_BYTES))


def open_state(token: str, call_id: str, *, sealer: DaySealer) -> CallState | None:
    """The state of the call `call_id`; None when the token was altered, has expired or is another call's."""
    try:
        data = json.loads(sealer.open(token))
        if data["v"] != VERSION or data["c"] != call_id:
            return None
        return CallState(call_id, data["t"], session_from_data(data["s"]))
    except (InputError, ValueError, KeyError, TypeError):
        return None
