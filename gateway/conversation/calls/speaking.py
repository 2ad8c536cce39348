"""From a menu's turn to the carrier's steps: sentences in the caller's language, then keys, a recording or the end."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import asdict

from sqlalchemy.engine import Connection

from gateway.carriers.port import CallStep, Conference, Gather, Hangup, Pause, Play, Record, Say
from gateway.conversation.calls.sounds import SOUNDS, seal_sound
from gateway.conversation.calls.step import Step
from gateway.conversation.calls.views import VIEWS
from ivr_flows.session import JoinRoom, Listen, Prompt, RecordSound, Turn

# How a connection for queries is had: of its own, or that of the transaction under way.
Reader = Callable[[], AbstractContextManager[Connection]]

# What is heard before anything is awaited.
Spoken = Say | Play | Pause
# From the second re-prompt on there is a pause between sentences.
SLOW_PACE = 2
_SPOKEN: Mapping[str, type[Say | Play | Pause | Record | Hangup | Conference]] = {
    "say": Say,
    "play": Play,
    "pause": Pause,
    "record": Record,
    "hangup": Hangup,
    "conference": Conference,
}


def speak(turn: Turn, step: Step, read: Reader) -> list[Spoken]:
    """The sentences of a turn, slower the more often it had to be asked. The database is asked only for facts."""
    said: list[Spoken] = []
    with read() as conn:
        for prompt in turn.prompts:
            said.append(_sound(prompt, step, conn) if prompt.sound else _sentence(prompt, step, conn))
            if turn.pace >= SLOW_PACE:
                said.append(Pause(1))
    return said


def _sound(prompt: Prompt, step: Step, conn: Connection) -> Say | Play:
    sound = SOUNDS[prompt.sound](step, conn)
    if sound is None:
        return Say(step.say("call.no_sound"), step.wording.language_for(step.language))
    return Play(step.sound_url(seal_sound(sound, sealer=step.ports.call_sealer, now=step.now)))


def _sentence(prompt: Prompt, step: Step, conn: Connection) -> Say:
    here = step.but({**step.values, **prompt.values}) if prompt.values else step
    facts = VIEWS[prompt.view](here, conn) if prompt.view else {}
    language = step.wording.language_for(facts.get("spoken_in", here.language))
    return Say(step.wording.fill(prompt.key, language, {**here.values, **facts}).strip(), language)


def finish(said: Sequence[Spoken], turn: Turn, action: str) -> list[CallStep]:
    """All that was said and what comes then; keys may be pressed at any moment while it is spoken."""
    match turn.then:
        case Listen(digits, end_key, first_seconds, next_seconds):
            # A carrier has one timer, which begins after the prompts. The pause at their end makes up what the first
            # key gets more than the others.
            waiting = Pause(first_seconds - next_seconds)
            return [Gather((*said, waiting), action, digits, end_key, next_seconds)]
        case RecordSound(seconds):
            return [*said, Record(action, max_seconds=seconds)]
        case JoinRoom(room, heard):
            return [*said, Conference(room, action, muted=not heard)]
        case _:
            return [*said, Hangup()]


def pack_steps(steps: Sequence[CallStep]) -> bytes:
    """Steps as JSON, to be kept as the answer of a request."""
    return json.dumps([_pack(step) for step in steps], ensure_ascii=False).encode()


def unpack_steps(packed: bytes) -> list[CallStep]:
    """The opposite of `pack_steps`."""
    return [_unpack(item) for item in json.loads(packed)]


def _pack(step: CallStep) -> dict[str, object]:
    name = type(step).__name__.lower()
    if isinstance(step, Gather):
        return {"step": name, **vars(step), "prompts": [_pack(prompt) for prompt in step.prompts]}
    return {"step": name, **asdict(step)}


def _unpack(item: dict[str, object]) -> CallStep:
    name = str(item["step"])
    fields = {key: value for key, value in item.items() if key != "step"}
    if name == "gather":
        prompts = fields.pop("prompts")
        assert isinstance(prompts, list)
        return Gather(prompts=tuple(_unpack(prompt) for prompt in prompts), **fields)  # type: ignore[arg-type, misc]  # as packed
    return _SPOKEN[name](**fields)  # type: ignore[arg-type]  # as packed
