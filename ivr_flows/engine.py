"""The engine: menu + session + event → the next turn. Pure: no clock, no I/O, no sentence.

It never leaves a caller without a way on: an unheard or wrong key is asked again, each time differently and slower,
then the menu's `lost` node takes over; after `turns` answers in which nothing was finished the call is ended politely.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

from ivr_flows.hearing import collect, is_long, listen_to, options_on_page, pages, pick
from ivr_flows.model import (
    BACK,
    MORE_KEY,
    MOST_STRETCHES,
    REPEAT,
    Choice,
    Choose,
    Collect,
    Do,
    End,
    Flow,
    Join,
    Node,
    Pick,
    Record,
    Say,
    Value,
    Waiting,
)
from ivr_flows.session import (
    Effect,
    Event,
    HangUp,
    JoinRoom,
    Keys,
    Outcome,
    Prompt,
    Recorded,
    RecordSound,
    Session,
    Turn,
)

_KEYS = re.compile(r"[0-9*#]")
# More than anybody presses ahead.
MOST_KEYS = 40


def start(flow: Flow, values: Mapping[str, Value]) -> Turn:
    """Begin a call at the menu's first node with what the host knows already."""
    return enter(flow, Session(flow.name, values=values), flow.start)


def resume(flow: Flow, session: Session, event: Event) -> Turn:
    """Go on after `event`. An event that does not fit the place counts as silence."""
    node = flow.nodes[session.node]
    if isinstance(event, Outcome):
        return _follow(flow, session, node, event)
    session = session.but(step=session.step + 1)
    if session.step - session.since > flow.turns or session.step > flow.turns * MOST_STRETCHES:
        return enter(flow, session, flow.too_long)
    match node, event:
        case Record(), Recorded(recording, seconds):
            kept: dict[str, Value] = {node.store: recording, f"{node.store}_seconds": seconds}
            return enter(flow, _with(session, kept), node.to)
        case Join(), _:
            return enter(flow, session, node.to)
        case ((Choose() | Pick() | Collect()), Keys(keys)) if heard := _KEYS.findall(keys):
            return _hear(flow, session, node, "".join(heard[:MOST_KEYS]))
        case Waiting(), _:
            return _ask_again(flow, session, node)
        case _:
            raise ValueError(f"nothing is awaited at {node.name}")


def enter(flow: Flow, session: Session, name: str, said: Sequence[Prompt] = ()) -> Turn:
    """Go to the node `name` and on to where the caller, or the host, has something to do; `said` comes first."""
    prompts = list(said)
    while True:
        node = flow.nodes[name]
        session = _arrive(session, node)
        match node:
            case Say():
                prompts += _said(node)
                name = node.to
            case End():
                return Turn(session, (*prompts, *_said(node)), HangUp())
            case Do():
                return Turn(session, (*prompts, *_said(node)), Effect(node.effect))
            case Join():
                room, heard = str(session.values.get(node.room) or ""), session.values.get(node.heard) is True
                return Turn(session, (*prompts, *_said(node)), JoinRoom(room, heard))
            case Waiting():
                return _wait(flow, _step_into(session, node), node, prompts)
            case _:
                raise TypeError(f"no kind of node: {name}")


def _arrive(session: Session, node: Node) -> Session:
    forget = () if isinstance(node, Do) else node.forget
    return session.but(
        node=node.name,
        page=0,
        since=session.step if node.anew else session.since,
        trail=() if node.anew else session.trail,
        ahead="" if node.attentive else session.ahead,
        values=_without(session.values, forget),
    )


def _without(values: Mapping[str, Value], forget: Sequence[str]) -> Mapping[str, Value]:
    return {name: value for name, value in values.items() if name not in forget} if forget else values


def _step_into(session: Session, node: Waiting) -> Session:
    tries = session.tries
    if node.name in tries:
        tries = {name: count for name, count in tries.items() if name != node.name}
    return session.but(trail=_trail_to(session, node), tries=tries)


def _trail_to(session: Session, node: Waiting) -> tuple[str, ...]:
    trail = session.trail
    return (*(trail[: trail.index(node.name)] if node.name in trail else trail), node.name)


def _wait(flow: Flow, session: Session, node: Waiting, said: Sequence[Prompt], *, again: bool = False) -> Turn:
    if session.ahead and not isinstance(node, Record):
        return _hear(flow, session.but(ahead=""), node, session.ahead)
    words = _prompts(node, node.again) if again and node.again else _said(node)
    prompts = (*said, *words, *_offers(session, node))
    pace = session.tries.get(node.name, 0)
    if isinstance(node, Record):
        return Turn(session, prompts, RecordSound(node.seconds), pace)
    return Turn(session, prompts, listen_to(node, session.values), pace)


def _hear(flow: Flow, session: Session, node: Waiting, keys: str) -> Turn:
    match node:
        case Choose():
            return _hear_choice(flow, session, node, keys)
        case Pick():
            return _hear_pick(flow, session, node, keys)
        case Collect():
            entry = collect(node, keys)
            if entry.everywhere:
                return _everywhere(flow, session, node, entry.everywhere, entry.rest)
            if not entry.digits:
                return _ask_again(flow, session, node)
            return enter(flow, _with(session, {node.store: entry.digits}, entry.rest), node.to)
        case _:
            return _ask_again(flow, session, node)


def _hear_choice(flow: Flow, session: Session, node: Choose, keys: str) -> Turn:
    key, rest = keys[0], keys[1:].lstrip(MORE_KEY)
    for choice in offered(node, session.values):
        if choice.key == key:
            return enter(flow, session.but(ahead=rest), choice.to)
    if key in flow.everywhere:
        return _everywhere(flow, session, node, key, rest)
    if key == MORE_KEY:
        # It ended a number that needed no end, and cut short what is said here: it means nothing, and is forgiven.
        return _wait(flow, session.but(ahead=rest), node, ())
    return enter(flow, session, node.other) if node.other else _ask_again(flow, session, node)


def _hear_pick(flow: Flow, session: Session, node: Pick, keys: str) -> Turn:
    numbers = numbers_of(node, session.values)
    picked = pick(numbers, keys)
    if picked.digits:
        return enter(flow, _with(session, {node.store: int(picked.digits)}, picked.rest), node.to)
    if picked.everywhere == MORE_KEY and node.none:
        return enter(flow, session.but(ahead=picked.rest), node.none)
    if picked.everywhere == MORE_KEY and pages(numbers) > 1:
        session = session.but(page=(session.page + 1) % pages(numbers), ahead=picked.rest)
        return _wait(flow, session, replace(node, say=(), hear=""), ())
    if picked.everywhere in flow.everywhere:
        return _everywhere(flow, session, node, picked.everywhere, picked.rest)
    return _ask_again(flow, session, node)


def _everywhere(flow: Flow, session: Session, node: Waiting, key: str, rest: str) -> Turn:
    session = session.but(ahead=rest)
    target = flow.everywhere[key]
    if target == REPEAT:
        return _wait(flow, session, node, ())
    if target == BACK:
        return enter(flow, session, session.trail[-2] if len(session.trail) > 1 else node.back or node.name)
    return enter(flow, session, target)


def _ask_again(flow: Flow, session: Session, node: Waiting, said: tuple[Prompt, ...] = ()) -> Turn:
    tries = session.tries.get(node.name, 0) + 1
    session = session.but(ahead="", tries={**session.tries, node.name: tries})
    if tries > node.patience:
        return enter(flow, session, node.lost or flow.lost, said)
    said = said or (Prompt(flow.reprompts[min(tries, len(flow.reprompts)) - 1], view=node.view),)
    return _wait(flow, session.but(node=node.name, trail=_trail_to(session, node)), node, said, again=True)


def _follow(flow: Flow, session: Session, node: Node, outcome: Outcome) -> Turn:
    if not isinstance(node, Do):
        raise TypeError(f"no effect was asked for at {node.name}")
    way = node.outcomes[outcome.name]
    session = _with(session, outcome.values, session.ahead)
    session = session.but(values=_without(session.values, node.forget))
    if not way.retry:
        return enter(flow, session, way.to)
    target = flow.nodes[way.to]
    if not isinstance(target, Waiting):
        raise TypeError(f"{way.to} cannot ask again")
    return _ask_again(flow, session.but(page=0), target, tuple(_prompts(node, (way.say,))))


def _with(session: Session, values: Mapping[str, Value], ahead: str = "") -> Session:
    return session.but(values={**session.values, **values}, ahead=ahead)


def _prompts(node: Node, keys: Sequence[str]) -> list[Prompt]:
    return [Prompt(key, view=node.view) for key in keys]


def _said(node: Node) -> list[Prompt]:
    return [*_prompts(node, node.say), *([Prompt("", view=node.view, sound=node.hear)] if node.hear else [])]


def _offers(session: Session, node: Waiting) -> list[Prompt]:
    if isinstance(node, Choose):
        return [Prompt(choice.say, {"key": choice.key}, node.view) for choice in offered(node, session.values)]
    if isinstance(node, Pick) and node.item:
        numbers = numbers_of(node, session.values)
        more = [Prompt(node.more, {}, node.view)] if pages(numbers) > 1 else []
        item = node.long_item if node.long_item and is_long(numbers) else node.item
        return [Prompt(item, {"number": n}, node.view) for n in options_on_page(numbers, session.page)] + more
    return []


def offered(node: Choose, values: Mapping[str, Value]) -> list[Choice]:
    """The choices that this caller has."""
    return [choice for choice in node.choices if not choice.when or values.get(choice.when)]


def numbers_of(node: Pick, values: Mapping[str, Value]) -> list[int]:
    """The numbers that a menu on data offers."""
    numbers = values.get(node.source)
    return numbers if isinstance(numbers, list) else []
