"""A menu as a graph: what can be reached, where a caller or the line would go round for ever."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

from ivr_flows.model import BACK, REPEAT, Choose, End, Flow, Join, Say, Waiting, ways

Edges = Mapping[str, Collection[str]]


def reachable(flow: Flow, start: str | None = None) -> set[str]:
    """The nodes that a call may come to, from `start` or from anywhere that a call begins or is sent."""
    return _spread([start] if start else [flow.start, flow.trouble, flow.too_long], _all_edges(flow))


def can_reach(flow: Flow, goals: Collection[str]) -> set[str]:
    """The nodes from which some way, even silence, leads to one of `goals`; key 0 does not count."""
    return _spread(goals, _reversed(_all_edges(flow, everywhere=False)))


def trapped_loops(flow: Flow) -> Iterator[str]:
    """Nodes on a loop that a caller cannot leave for an end by what the menu itself offers, without 0 or silence."""
    edges = _own_edges(flow)
    ending = _spread([name for name, node in flow.nodes.items() if isinstance(node, End)], _reversed(edges))
    return (name for name in flow.nodes if name not in ending and _is_on_loop(name, edges))


def unheard_loops(flow: Flow) -> Iterator[str]:
    """Nodes on a loop in which nobody waits for the caller: one request would never end."""
    waiting = {name for name, node in flow.nodes.items() if isinstance(node, Waiting | Join)}
    edges = {
        name: [target for target in targets if target not in waiting]
        for name, targets in _own_edges(flow).items()
        if name not in waiting
    }
    return (name for name in edges if _is_on_loop(name, edges))


def depths(flow: Flow) -> dict[str, int]:
    """How many menus of fixed keys a caller passes, this one included, since the line last did or learnt something.

    The shortest way counts: a menu that leads back to its own beginning is not deep.
    """
    edges = _own_edges(flow)
    passing = {name for name, node in flow.nodes.items() if isinstance(node, Choose | Say)}
    menus = {name for name, node in flow.nodes.items() if isinstance(node, Choose) and len(node.choices) > 1}
    found: dict[str, int] = {}
    entered = {flow.start, *(target for name in flow.nodes if name not in passing for target in edges[name])}
    level = [name for name in entered if name in passing]
    depth = 1
    while level:
        here, level = _level(level, edges, passing, menus), []
        for name in here - found.keys():
            found[name] = depth
            level += [target for target in edges[name] if target in passing] if name in menus else []
        depth += 1
    return {name: depth for name, depth in found.items() if name in menus}


def _level(begin: Collection[str], edges: Edges, passing: Collection[str], menus: Collection[str]) -> set[str]:
    """What is reached from `begin` without passing through a menu."""
    inside = {name: [t for t in edges[name] if t in passing] if name not in menus else [] for name in passing}
    return _spread(begin, inside)


def _own_edges(flow: Flow) -> dict[str, set[str]]:
    return {name: {target for _, target, _ in ways(node)} for name, node in flow.nodes.items()}


def _all_edges(flow: Flow, *, everywhere: bool = True) -> dict[str, set[str]]:
    edges = _own_edges(flow)
    leading = {target for target in flow.everywhere.values() if target not in (REPEAT, BACK)} if everywhere else set()
    for name, node in flow.nodes.items():
        if isinstance(node, Waiting):
            edges[name] |= {node.lost or flow.lost, *leading, *([node.back] if node.back else [])}
    return edges


def _reversed(edges: Edges) -> dict[str, set[str]]:
    turned: dict[str, set[str]] = {name: set() for name in edges}
    for name, targets in edges.items():
        for target in targets:
            turned[target].add(name)
    return turned


def _spread(start: Collection[str], edges: Edges) -> set[str]:
    seen: set[str] = set()
    waiting = list(start)
    while waiting:
        name = waiting.pop()
        if name not in seen:
            seen.add(name)
            waiting += edges[name]
    return seen


def _is_on_loop(name: str, edges: Edges) -> bool:
    return name in _spread([target for target in edges[name] if target in edges], edges)
