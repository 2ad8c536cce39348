"""The checker: what a menu must not do to a caller. Every finding has its file and line.

What the host knows (its sentences, effects and views) is passed in as data.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass

from ivr_flows.graph import can_reach, reachable, trapped_loops, unheard_loops
from ivr_flows.model import (
    BACK,
    BACK_KEY,
    MOST_CHOICES,
    PERSON_KEY,
    REPEAT,
    REPEAT_KEY,
    REPROMPTS,
    Choose,
    Collect,
    Do,
    End,
    Flow,
    Node,
    Pick,
    Problem,
    Record,
    Waiting,
    ways,
)

# A lone 9 or 0 must never be a whole entry.
FEWEST_DIGITS = 2
LONGEST_RECORDING = 60


@dataclass(frozen=True)
class Host:
    """What a menu may use: sentences by language, the outcomes of each effect, the names of views."""

    wording: Mapping[str, Collection[str]]
    effects: Mapping[str, Collection[str]]
    views: Collection[str]


def check(flow: Flow, host: Host) -> list[Problem]:
    """Everything that is wrong with a menu, in the order of its lines; an empty list is a good menu."""
    problems = [*_check_targets(flow)]
    if not problems:
        # Only a graph whose edges all lead somewhere can be searched.
        problems += [*_check_paths(flow)]
    problems += [*_check_keys(flow), *_check_sentences(flow, host)]
    for node in flow.nodes.values():
        problems += _check_node(flow, node, host)
    return sorted(set(problems))


def _check_targets(flow: Flow) -> Iterator[Problem]:
    for name in ("start", "lost", "too_long", "trouble"):
        if getattr(flow, name) not in flow.nodes:
            yield Problem(flow.file, flow.lines.get(name, 1), "node_unknown", getattr(flow, name))
    for key, target in flow.everywhere.items():
        if target not in (REPEAT, BACK) and target not in flow.nodes:
            yield Problem(flow.file, flow.lines.get("everywhere", 1), "node_unknown", f"{key}: {target}")
    for node in flow.nodes.values():
        leading = (node.lost, node.back) if isinstance(node, Waiting) else ()
        own = [(target, node.line) for target in leading if target]
        for target, line in [*((target, line) for _, target, line in ways(node)), *own]:
            if target not in flow.nodes:
                yield Problem(flow.file, line, "node_unknown", target)


def _check_paths(flow: Flow) -> Iterator[Problem]:
    seen = reachable(flow)
    ending = can_reach(flow, {name for name, node in flow.nodes.items() if isinstance(node, End)})
    for name, node in flow.nodes.items():
        if name not in seen:
            yield Problem(flow.file, node.line, "node_unreachable", name)
        if name not in ending:
            yield Problem(flow.file, node.line, "dead_end", name)
    for name in trapped_loops(flow):
        yield Problem(flow.file, flow.nodes[name].line, "loop_without_exit", name)
    for name in unheard_loops(flow):
        yield Problem(flow.file, flow.nodes[name].line, "loop_without_caller", name)
    if any(isinstance(flow.nodes[name], Waiting) for name in reachable(flow, flow.too_long)):
        yield Problem(flow.file, flow.lines.get("too_long", 1), "too_long_waits", flow.too_long)


def _check_keys(flow: Flow) -> Iterator[Problem]:
    line = flow.lines.get("everywhere", 1)
    for key, meaning in ((REPEAT_KEY, REPEAT), (BACK_KEY, BACK), (PERSON_KEY, None)):
        target = flow.everywhere.get(key)
        # The third key may lead to any node: to whoever is the person there.
        if target is None or (meaning or target) != target or (meaning is None and target in (REPEAT, BACK)):
            yield Problem(flow.file, line, "key_missing", key)


def _check_sentences(flow: Flow, host: Host) -> Iterator[Problem]:
    line = flow.lines.get("reprompts", 1)
    if len(set(flow.reprompts)) != REPROMPTS or len(flow.reprompts) != REPROMPTS:
        yield Problem(flow.file, line, "reprompts_wrong")
    yield from _check_wording(flow, host, line, flow.reprompts)


def _check_node(flow: Flow, node: Node, host: Host) -> Iterator[Problem]:
    yield from _check_wording(flow, host, node.line, node.say)
    if node.view and node.view not in host.views:
        yield Problem(flow.file, node.line, "view_unknown", node.view)
    if isinstance(node, Waiting):
        yield from _check_waiting(flow, node, host)
    match node:
        case Choose():
            yield from _check_choices(flow, node, host)
        case Pick():
            yield from _check_wording(flow, host, node.line, filter(None, (node.item, node.long_item, node.more)))
        case Do():
            yield from _check_effect(flow, node, host)
        case Collect() if not FEWEST_DIGITS <= node.least <= node.most:
            yield Problem(flow.file, node.line, "digits_wrong", node.name)
        case Record() if not 1 <= node.seconds <= LONGEST_RECORDING:
            yield Problem(flow.file, node.line, "recording_too_long", node.name)


def _check_waiting(flow: Flow, node: Waiting, host: Host) -> Iterator[Problem]:
    yield from _check_wording(flow, host, node.line, node.again)
    if not (node.say or isinstance(node, Pick | Choose)):
        yield Problem(flow.file, node.line, "nothing_said", node.name)
    if not 1 <= node.patience <= REPROMPTS:
        yield Problem(flow.file, node.line, "patience_wrong", node.name)


def _check_choices(flow: Flow, node: Choose, host: Host) -> Iterator[Problem]:
    if len(node.choices) > MOST_CHOICES:
        yield Problem(flow.file, node.line, "too_many_choices", node.name)
    counted = Counter(choice.key for choice in node.choices)
    for choice in node.choices:
        if counted[choice.key] > 1 or choice.key in flow.everywhere:
            yield Problem(flow.file, choice.line, "digit_clash", choice.key)
        elif not (len(choice.key) == 1 and choice.key in "12345678"):
            yield Problem(flow.file, choice.line, "key_wrong", choice.key)
        yield from _check_wording(flow, host, choice.line, (choice.say,))


def _check_effect(flow: Flow, node: Do, host: Host) -> Iterator[Problem]:
    known = host.effects.get(node.effect)
    if known is None:
        yield Problem(flow.file, node.line, "effect_unknown", node.effect)
        return
    for name in sorted(set(known) - node.outcomes.keys()):
        yield Problem(flow.file, node.line, "outcome_missing", f"{node.effect}: {name}")
    for name, way in node.outcomes.items():
        if name not in known:
            yield Problem(flow.file, way.line, "outcome_unknown", f"{node.effect}: {name}")
        if way.retry and not isinstance(flow.nodes.get(way.to), Waiting):
            yield Problem(flow.file, way.line, "retry_not_waiting", way.to)
        if way.say:
            yield from _check_wording(flow, host, way.line, (way.say,))


def _check_wording(flow: Flow, host: Host, line: int, keys: Iterable[str]) -> Iterator[Problem]:
    for key in keys:
        for language, known in sorted(host.wording.items()):
            if key not in known:
                yield Problem(flow.file, line, "wording_unknown", f"{key} ({language})")
