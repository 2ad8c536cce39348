"""From several files to one menu: a head, and parts that add nodes to it and choices to its nodes.

So adding a menu is adding a file: it says to which flow it belongs (`part_of`) and where it is offered (`offered`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from ivr_flows.model import Choice, Choose, Flow, Node, Problem


@dataclass(frozen=True)
class Offer:
    """A choice that a part adds to the menu `menu` of its flow."""

    menu: str
    choice: Choice


@dataclass(frozen=True)
class Piece:
    """One file. A head names the flow it is (`head`), a part the flows it belongs to (`part_of`, with its line)."""

    file: str
    nodes: Mapping[str, Node]
    head: Flow | None = None
    part_of: tuple[str, ...] = ()
    line: int = 1
    offers: tuple[Offer, ...] = ()


def assemble(pieces: Sequence[Piece]) -> tuple[dict[str, Flow], list[Problem]]:
    """All flows by name, in the order of their heads, and what does not fit together."""
    flows: dict[str, Flow] = {}
    problems: list[Problem] = []
    for head in (piece for piece in pieces if piece.head):
        assert head.head
        if head.head.name in flows:
            problems.append(Problem(head.file, head.line, "flow_named_twice", head.head.name))
            continue
        parts = [piece for piece in pieces if head.head.name in piece.part_of]
        flows[head.head.name] = _put_together(head.head, [head, *parts], problems)
    for piece in pieces:
        problems += [
            Problem(piece.file, piece.line, "flow_unknown", name) for name in piece.part_of if name not in flows
        ]
    return flows, sorted(set(problems))


def _put_together(head: Flow, pieces: Sequence[Piece], problems: list[Problem]) -> Flow:
    nodes: dict[str, Node] = {}
    for piece in pieces:
        for name, node in piece.nodes.items():
            if name in nodes:
                problems.append(Problem(piece.file, node.line, "node_named_twice", name))
            else:
                nodes[name] = node
    for offer in _offers(pieces):
        menu = nodes.get(offer.menu)
        if isinstance(menu, Choose):
            choices = sorted([*menu.choices, offer.choice], key=lambda choice: choice.key)
            nodes[offer.menu] = replace(menu, choices=tuple(choices))
        else:
            problems.append(Problem(offer.choice.file, offer.choice.line, "offered_nowhere", offer.menu))
    return replace(head, nodes=nodes)


def _offers(pieces: Sequence[Piece]) -> Iterable[Offer]:
    return (offer for piece in pieces for offer in piece.offers)
