"""A voice menu as plain values: nodes joined by names. Read by `loader`, walked by `engine`, judged by `checker`.

Nothing here is a sentence: `say` holds keys of the host's wording. What a node may hold is told in `schema.json`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

SPEC_VERSION = 1
MOST_CHOICES = 4
REPROMPTS = 3
# However much is finished in a call, somewhere it must end: after so many times the answers of `turns`.
MOST_STRETCHES = 5
# The keys that mean the same in every menu, and what two of them do; the third leads to a person.
REPEAT_KEY, PERSON_KEY, BACK_KEY = "9", "0", "*"
REPEAT, BACK = "repeat", "back"
MORE_KEY = "#"
# Seconds to find the first key, and to press each further one.
FIRST_KEY_SECONDS = 10
NEXT_KEY_SECONDS = 4

Value: TypeAlias = "str | int | bool | list[int] | None"


class FlowError(Exception):
    """A menu that cannot be used: `problems` say where and why."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__("; ".join(str(problem) for problem in problems))
        self.problems = problems


@dataclass(frozen=True, order=True)
class Problem:
    """What is wrong and where; the host has a sentence for `code`, filled with `what`."""

    file: str
    line: int
    code: str
    what: str = ""

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.code} {self.what}".rstrip()


@dataclass(frozen=True, kw_only=True)
class Node:
    """One place in a menu.

    `say`: what is said on arriving. `hear`: a sound of the host's that follows it. `view`: which of the host's facts
    fill the sentences. `forget`: values dropped, by an effect after it ran. `anew`: something is finished, `*` leads
    back no further, answers count afresh. `attentive`: keys pressed ahead do not count.
    """

    name: str
    line: int
    file: str = ""
    say: tuple[str, ...] = ()
    hear: str = ""
    view: str = ""
    forget: tuple[str, ...] = ()
    anew: bool = False
    attentive: bool = False


@dataclass(frozen=True, kw_only=True)
class Say(Node):
    """Says something and goes on."""

    to: str


@dataclass(frozen=True, kw_only=True)
class End(Node):
    """Says something and hangs up."""


@dataclass(frozen=True, kw_only=True)
class Waiting(Node):
    """Waits for the caller.

    `again`: what a re-prompt says instead of `say`. `patience`: re-prompts before the menu gives up and goes to `lost`.
    `back`: where `*` leads when the caller was nowhere before; without it the node is said again.
    """

    again: tuple[str, ...] = ()
    patience: int = REPROMPTS
    lost: str = ""
    back: str = ""


@dataclass(frozen=True)
class Choice:
    """A key of a menu; offered only when the value `when` is there and true, if one is named."""

    key: str
    say: str
    to: str
    when: str = ""
    line: int = 0
    file: str = ""


@dataclass(frozen=True, kw_only=True)
class Choose(Waiting):
    """A menu of fixed keys; `other` is where any other key leads, if it is not simply asked again."""

    choices: tuple[Choice, ...]
    other: str = ""


@dataclass(frozen=True, kw_only=True)
class Pick(Waiting):
    """A menu whose numbers come from the value `source`.

    Each is said with `item`, or with `long_item` in a list so long that `#` must follow the number; `more` tells how to
    hear the others. Without `item` no number is said. `none`: where a lone `#` leads then.
    """

    source: str
    item: str
    long_item: str
    more: str
    store: str
    to: str
    none: str = ""


@dataclass(frozen=True, kw_only=True)
class Collect(Waiting):
    """Digits: at least `least`, at most `most`, kept as the value `store`."""

    store: str
    least: int
    most: int
    to: str


@dataclass(frozen=True, kw_only=True)
class Record(Waiting):
    """A recording: its name becomes the value `store` ("" for none), its length `<store>_seconds`."""

    store: str
    seconds: int
    to: str


@dataclass(frozen=True, kw_only=True)
class Join(Node):
    """Joins the call to all others in a room until the caller presses `*`, then goes on at `to`.

    `room`: the value that names the room. `heard`: the value that, where it is true, lets the others hear the caller.
    """

    room: str
    heard: str
    to: str


@dataclass(frozen=True)
class Way:
    """Where an outcome leads: on to a node, or (`retry`) back to one that asks again, beginning with `say`."""

    to: str
    retry: bool = False
    say: str = ""
    line: int = 0


@dataclass(frozen=True, kw_only=True)
class Do(Node):
    """Asks the host for an effect. `sample`: values that the terminal player pretends it gave."""

    effect: str
    outcomes: Mapping[str, Way]
    sample: Mapping[str, Value] = field(default_factory=dict)


@dataclass(frozen=True)
class Flow:
    """A whole menu.

    `everywhere`: keys that mean the same in all nodes. `lost`: where to go when nobody was heard. `too_long`: where to
    go after `turns` answers of the caller in which nothing was finished. `trouble`: where the host goes when an effect
    failed. `lines`: where each of these is written, in `file`.
    """

    name: str
    file: str
    start: str
    nodes: Mapping[str, Node]
    everywhere: Mapping[str, str]
    reprompts: tuple[str, ...]
    lost: str
    too_long: str
    trouble: str
    turns: int
    lines: Mapping[str, int] = field(default_factory=dict)


def ways(node: Node) -> Iterator[tuple[str, str, int]]:
    """The ways out of a node as (label, target, line), without those that hold everywhere."""
    match node:
        case Say() | Collect() | Record() | Join():
            yield "", node.to, node.line
        case Pick():
            yield "", node.to, node.line
            if node.none:
                yield "#", node.none, node.line
        case Choose():
            yield from ((choice.key, choice.to, choice.line) for choice in node.choices)
            if node.other:
                yield "…", node.other, node.line
        case Do():
            yield from ((name, way.to, way.line) for name, way in node.outcomes.items())
