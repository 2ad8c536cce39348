"""A menu as a Mermaid flow chart, for the documentation and for whoever plans a new one."""

from __future__ import annotations

from collections.abc import Iterator

from ivr_flows.model import Collect, Do, End, Flow, Join, Node, Record, Waiting, ways


def draw(flow: Flow) -> str:
    """The menu as Mermaid text: boxes are said, rounded boxes wait for keys, hexagons are effects, circles ends,
    double boxes rooms.

    The nodes of each file stand in a frame of their own.
    """
    return "\n".join(["flowchart TD", *_lines(flow)]) + "\n"


def _lines(flow: Flow) -> Iterator[str]:
    for file in dict.fromkeys(node.file for node in flow.nodes.values()):
        yield f'    subgraph f_{file.partition(".")[0]}["{file}"]'
        for node in flow.nodes.values():
            if node.file == file:
                yield f"        {_id(node.name)}{_shape(node)}"
        yield "    end"
    for node in flow.nodes.values():
        for label, target, _ in ways(node):
            arrow = f'-->|"{label}"|' if label else "-->"
            yield f"    {_id(node.name)} {arrow} {_id(target)}"
        if isinstance(node, Waiting):
            yield f"    {_id(node.name)} -.-> {_id(node.lost or flow.lost)}"


def _id(name: str) -> str:
    # Some words, such as `end`, mean something to Mermaid.
    return f"n_{name}"


def _shape(node: Node) -> str:
    match node:
        case Do():
            return f'{{{{"{node.effect}"}}}}'
        case End():
            return f'(("{node.name}"))'
        case Collect():
            return f'[/"{node.name}: {node.least}-{node.most}"/]'
        case Record():
            return f'[/"{node.name}: {node.seconds} s"/]'
        case Waiting():
            return f'("{node.name}")'
        case _:
            return f'[["{node.name}"]]' if isinstance(node, Join) else f'["{node.name}"]'
