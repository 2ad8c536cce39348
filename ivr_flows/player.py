"""A terminal telephone: plays a menu with keys typed by a person; effects have the outcome that the person names.

It needs no installation: sentences come in as a table, values that nobody knows are shown by their names.
"""

from __future__ import annotations

import string
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from ivr_flows.engine import resume, start
from ivr_flows.model import Do, Flow
from ivr_flows.session import (
    Effect,
    Event,
    HangUp,
    JoinRoom,
    Keys,
    Left,
    Listen,
    Outcome,
    Prompt,
    Recorded,
    RecordSound,
    Silence,
    Turn,
)

Ask = Callable[[str], str]
Show = Callable[[str], None]


class _Named(dict[str, Any]):
    def __missing__(self, name: str) -> str:
        return f"‹{name}›"


def play(flow: Flow, sentences: Mapping[str, str], *, ask: Ask, show: Show) -> None:
    """Play one call. `ask` gets a short prompt and returns what was typed; EOFError from it hangs up."""
    turn = start(flow, {})
    while True:
        for line in spoken(turn, sentences):
            show(line)
        if isinstance(turn.then, HangUp):
            return
        try:
            event = _next_event(flow, turn, ask)
        except EOFError:
            return
        turn = resume(flow, turn.session, event)


def spoken(turn: Turn, sentences: Mapping[str, str]) -> Iterator[str]:
    """What a turn says, with unknown values shown by their names."""
    for prompt in turn.prompts:
        yield _fill(prompt, sentences, turn.session.values)


def _fill(prompt: Prompt, sentences: Mapping[str, str], values: Mapping[str, Any]) -> str:
    sentence = sentences.get(prompt.key, f"‹{prompt.key}›")
    return string.Formatter().vformat(sentence, (), _Named({**values, **prompt.values}))


def _next_event(flow: Flow, turn: Turn, ask: Ask) -> Event:
    match turn.then:
        case Effect():
            return _ask_outcome(flow, turn, ask)
        case RecordSound(seconds):
            typed = ask(f"(0-{seconds} s)").strip()
            return Recorded("played" if typed.isdecimal() else "", int(typed) if typed.isdecimal() else 0)
        case JoinRoom(heard=heard):
            ask("(( *: ))" if heard else "( *: )")
            return Left()
        case Listen(digits):
            typed = ask(f"({digits})").strip()
            return Keys(typed) if typed else Silence()
        case _:
            raise AssertionError("a call that is over awaits nothing")


def _ask_outcome(flow: Flow, turn: Turn, ask: Ask) -> Outcome:
    node = flow.nodes[turn.session.node]
    assert isinstance(node, Do)
    names = list(node.outcomes)
    typed = ask(f"[{node.effect}: {', '.join(names)}]").strip()
    return Outcome(typed if typed in names else names[0], node.sample)
