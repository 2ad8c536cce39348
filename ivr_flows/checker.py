"""The checker: what a menu must not do to a caller. Every finding has its file and line.

What the host knows (its sentences, effects and views) is passed in as data.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from ivr_flows.graph import can_reach, depths, reachable, trapped_loops, unheard_loops
from ivr_flows.model import (
    BACK,
    BACK_KEY,
    MOST_CHOICES,
    PERSON_KEY,
    REPEAT,
    REPEAT_KEY,
    REPROMPTS,
    Choice,
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
from ivr_flows.speech import longest

# A lone 9 or 0 must never be a whole entry.
FEWEST_DIGITS = 2
LONGEST_RECORDING = 60
# A menu leads to at most one more before something is done, and nobody can keep more than this in mind.
DEEPEST_MENU = 2
LONGEST_SECONDS = 20


@dataclass(frozen=True)
class Host:
    """What a menu may use: sentences by language, the outcomes of each effect, the names of views and of sounds.

    `recorded`: how many seconds a sentence lasts in a language, where somebody has recorded it.
    """

    wording: Mapping[str, Mapping[str, str]]
    effects: Mapping[str, Collection[str]]
    views: Collection[str]
    sounds: Collection[str] = ()
    recorded: Mapping[str, Mapping[str, float]] = field(default_factory=dict)


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
                yield Problem(node.file, line, "node_unknown", target)


def _check_paths(flow: Flow) -> Iterator[Problem]:
    seen = reachable(flow)
    ending = can_reach(flow, {name for name, node in flow.nodes.items() if isinstance(node, End)})
    deep = depths(flow)
    found = {
        "node_unreachable": (name for name in flow.nodes if name not in seen),
        "dead_end": (name for name in flow.nodes if name not in ending),
        "menu_too_deep": (name for name in flow.nodes if deep.get(name, 0) > DEEPEST_MENU),
        "loop_without_exit": trapped_loops(flow),
        "loop_without_caller": unheard_loops(flow),
    }
    for code, names in found.items():
        for name in names:
            yield Problem(flow.nodes[name].file, flow.nodes[name].line, code, name)
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
    yield from _check_wording(flow.file, host, line, flow.reprompts)


def _check_node(flow: Flow, node: Node, host: Host) -> Iterator[Problem]:
    yield from _check_wording(node.file, host, node.line, node.say)
    yield from _check_facts(node, host)
    yield from _check_forgetting(node, host)
    yield from _check_length(node, host)
    if isinstance(node, Waiting):
        yield from _check_waiting(node, host)
    match node:
        case Choose():
            yield from _check_choices(flow, node, host)
        case Pick():
            yield from _check_pick(node, host)
        case Do():
            yield from _check_effect(flow, node, host)
        case Collect() if not FEWEST_DIGITS <= node.least <= node.most:
            yield Problem(node.file, node.line, "digits_wrong", node.name)
        case Record() if not 1 <= node.seconds <= LONGEST_RECORDING:
            yield Problem(node.file, node.line, "recording_too_long", node.name)


def _check_facts(node: Node, host: Host) -> Iterator[Problem]:
    if node.view and node.view not in host.views:
        yield Problem(node.file, node.line, "view_unknown", node.view)
    if node.hear and node.hear not in host.sounds:
        yield Problem(node.file, node.line, "sound_unknown", node.hear)


def _check_forgetting(node: Node, host: Host) -> Iterator[Problem]:
    """What a node says must not be what it forgets on arriving: the sentence would have a hole."""
    if isinstance(node, Do):
        # An effect forgets when it is done.
        return
    for name in node.forget:
        if any(f"{{{name}}}" in sentences.get(key, "") for key in node.say for sentences in host.wording.values()):
            yield Problem(node.file, node.line, "says_what_it_forgets", f"{node.name}: {name}")


def _check_length(node: Node, host: Host) -> Iterator[Problem]:
    """All that one node says at once, in the language in which it lasts longest."""
    offered = [choice.say for choice in node.choices] if isinstance(node, Choose) else []
    for language, sentences in sorted(host.wording.items()):
        recorded = host.recorded.get(language, {})
        lasts = sum(longest(sentences, key, recorded) for key in [*node.say, *offered])
        if lasts > LONGEST_SECONDS:
            yield Problem(node.file, node.line, "too_long_to_hear", f"{node.name} ({language}): {lasts:.0f}")


def _check_waiting(node: Waiting, host: Host) -> Iterator[Problem]:
    yield from _check_wording(node.file, host, node.line, node.again)
    if not (node.say or isinstance(node, Pick | Choose)):
        yield Problem(node.file, node.line, "nothing_said", node.name)
    if not 1 <= node.patience <= REPROMPTS:
        yield Problem(node.file, node.line, "patience_wrong", node.name)


def _check_pick(node: Pick, host: Host) -> Iterator[Problem]:
    yield from _check_wording(node.file, host, node.line, filter(None, (node.item, node.long_item, node.more)))
    if node.item and node.none:
        # `#` would have two meanings: to hear more, and none of them.
        yield Problem(node.file, node.line, "digit_clash", "#")
    if not (node.item or node.say):
        yield Problem(node.file, node.line, "nothing_said", node.name)


def _check_choices(flow: Flow, node: Choose, host: Host) -> Iterator[Problem]:
    if len(node.choices) > MOST_CHOICES:
        yield Problem(node.file, node.line, "too_many_choices", node.name)
    counted = Counter(choice.key for choice in node.choices)
    for choice in node.choices:
        if counted[choice.key] > 1 or choice.key in flow.everywhere:
            yield Problem(choice.file, choice.line, "digit_clash", choice.key)
        elif not (len(choice.key) == 1 and choice.key in "12345678"):
            yield Problem(choice.file, choice.line, "key_wrong", choice.key)
        yield from _check_wording(choice.file, host, choice.line, (choice.say,))
        yield from _check_order(choice, host)


def _check_order(choice: Choice, host: Host) -> Iterator[Problem]:
    """What a key does is said before the key: whoever hears the number first has forgotten it by then."""
    for language, sentences in sorted(host.wording.items()):
        if sentences.get(choice.say, "").lstrip().startswith("{key}"):
            yield Problem(choice.file, choice.line, "key_before_action", f"{choice.say} ({language})")


def _check_effect(flow: Flow, node: Do, host: Host) -> Iterator[Problem]:
    known = host.effects.get(node.effect)
    if known is None:
        yield Problem(node.file, node.line, "effect_unknown", node.effect)
        return
    for name in sorted(set(known) - node.outcomes.keys()):
        yield Problem(node.file, node.line, "outcome_missing", f"{node.effect}: {name}")
    for name, way in node.outcomes.items():
        if name not in known:
            yield Problem(node.file, way.line, "outcome_unknown", f"{node.effect}: {name}")
        if way.retry and not isinstance(flow.nodes.get(way.to), Waiting):
            yield Problem(node.file, way.line, "retry_not_waiting", way.to)
        if way.say:
            yield from _check_wording(node.file, host, way.line, (way.say,))


def _check_wording(file: str, host: Host, line: int, keys: Iterable[str]) -> Iterator[Problem]:
    for key in keys:
        for language, known in sorted(host.wording.items()):
            if key not in known:
                yield Problem(file, line, "wording_unknown", f"{key} ({language})")
