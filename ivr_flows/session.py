"""What passes between a menu and its host: where a call stands, what happened, what to do next. All plain values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from ivr_flows.model import FIRST_KEY_SECONDS, NEXT_KEY_SECONDS, Value


@dataclass(frozen=True)
class Session:
    """Where a call stands.

    `step` counts what came from outside, `since` is the step at which something was last finished. `tries`: how often
    each node was not answered. `trail`: the waiting nodes that `*` goes back through, this one last. `ahead`: keys
    pressed before they were asked for. `values`: what is known.
    """

    flow: str
    node: str = ""
    step: int = 0
    since: int = 0
    page: int = 0
    tries: Mapping[str, int] = field(default_factory=dict)
    trail: tuple[str, ...] = ()
    ahead: str = field(default="", repr=False)
    values: Mapping[str, Value] = field(default_factory=dict, repr=False)

    def but(self, **changes: Any) -> Session:
        """This session with some of it changed; `dataclasses.replace` takes ten times as long, for every key."""
        changed = object.__new__(Session)
        changed.__dict__.update(self.__dict__, **changes)
        return changed

    def to_data(self) -> dict[str, Any]:
        """The session as data for JSON, which is as deep as it goes."""
        return {**vars(self)}


def session_from_data(data: Mapping[str, Any]) -> Session:
    """The opposite of `Session.to_data`."""
    return Session(**{**data, "trail": tuple(data["trail"])})


@dataclass(frozen=True)
class Keys:
    """The caller pressed `keys`."""

    keys: str = field(repr=False)


@dataclass(frozen=True)
class Silence:
    """The caller pressed nothing."""


@dataclass(frozen=True)
class Recorded:
    """The caller spoke for `seconds`; `recording` is "" when nothing was heard."""

    recording: str
    seconds: int


@dataclass(frozen=True)
class Left:
    """The caller left the room that the call was joined to."""


@dataclass(frozen=True)
class Outcome:
    """What became of an effect; `values` join the session's."""

    name: str
    values: Mapping[str, Value] = field(default_factory=dict, repr=False)


Event: TypeAlias = Keys | Silence | Recorded | Left | Outcome


@dataclass(frozen=True)
class Prompt:
    """A sentence to say: the wording's `key`, filled with `values`, the session's values and the facts of `view`.

    With `sound` it is the host's sound of that name instead, and `key` is "".
    """

    key: str
    values: Mapping[str, str | int] = field(default_factory=dict)
    view: str = ""
    sound: str = ""


@dataclass(frozen=True)
class Listen:
    """Wait for keys: `digits` at most, ended early by `finish`; so many seconds for the first and for each further."""

    digits: int
    finish: str = ""
    first_seconds: int = FIRST_KEY_SECONDS
    next_seconds: int = NEXT_KEY_SECONDS


@dataclass(frozen=True)
class RecordSound:
    """Beep and record up to `seconds`."""

    seconds: int


@dataclass(frozen=True)
class JoinRoom:
    """Join the call to all others in `room`; unless `heard`, to listen only."""

    room: str
    heard: bool


@dataclass(frozen=True)
class Effect:
    """The host shall do `name` with the session's values and resume with its Outcome."""

    name: str


@dataclass(frozen=True)
class HangUp:
    """The call is over."""


Next: TypeAlias = Listen | RecordSound | JoinRoom | Effect | HangUp


@dataclass(frozen=True)
class Turn:
    """What to say now and what then; `pace` is how much slower than usual (0 to 3)."""

    session: Session
    prompts: tuple[Prompt, ...]
    then: Next
    pace: int = 0
