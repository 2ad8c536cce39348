"""From a YAML file to a Flow. Whatever does not fit the shape (`schema.json`) is reported with file and line."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from ivr_flows.model import (
    REPROMPTS,
    SPEC_VERSION,
    Choice,
    Choose,
    Collect,
    Do,
    End,
    Flow,
    FlowError,
    Node,
    Pick,
    Problem,
    Record,
    Say,
    Value,
    Way,
)
from ivr_flows.parts import Part, read_parts

TOP_FIELDS = (
    "spec_version", "flow", "start", "turns", "everywhere", "reprompts", "lost", "too_long", "trouble", "nodes",
)  # fmt: skip
NODE_FIELDS = ("say", "view", "forget", "anew", "attentive")
WAITING_FIELDS = ("again", "patience", "lost", "back")
# Each kind of node: the field that tells it, and what else it may hold.
KINDS: dict[str, tuple[str, ...]] = {
    "choices": (*WAITING_FIELDS, "other"),
    "pick": (*WAITING_FIELDS, "to"),
    "collect": (*WAITING_FIELDS, "to"),
    "record": (*WAITING_FIELDS, "to"),
    "do": ("outcomes", "sample"),
    "end": (),
    "to": (),
}


def load_flow(path: Path) -> Flow:
    """Read the menu in `path`; FlowError names every mistake of shape."""
    return read_flow(path.read_text(encoding="utf-8"), path.name)


def load_flows(paths: Iterable[Path]) -> dict[str, Flow]:
    """Read several menus, by name."""
    return {flow.name: flow for flow in map(load_flow, paths)}


def menu_files() -> list[Path]:
    """The menus that come with the product."""
    return sorted(Path(__file__).parent.glob("*.yaml"))


def read_flow(text: str, file: str) -> Flow:
    """Read a menu from its text; `file` is its name in problems."""
    reader = _Reader(file)
    flow = reader.flow(read_parts(text, file))
    if reader.problems:
        raise FlowError(sorted(reader.problems))
    return flow


class _Reader:
    """Reads parts into values of the model, noting what does not fit and going on with a harmless value."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.problems: list[Problem] = []

    def flow(self, part: Part) -> Flow:
        fields = self._fields(part, TOP_FIELDS)
        if self._number(fields, "spec_version", part.line) != SPEC_VERSION:
            self._note(part.line, "spec_version_unknown")
        nodes = self._table(fields.get("nodes", Part(part.line, None)), "nodes")
        everywhere = self._table(fields.get("everywhere", Part(part.line, {})), "everywhere")
        return Flow(
            name=self._text(fields, "flow", part.line),
            file=self.file,
            start=self._text(fields, "start", part.line),
            nodes={name: self._node(name, node) for name, node in nodes.items()},
            everywhere={key: self._as_text(value, key) for key, value in everywhere.items()},
            reprompts=self._texts(fields, "reprompts"),
            lost=self._text(fields, "lost", part.line),
            too_long=self._text(fields, "too_long", part.line),
            trouble=self._text(fields, "trouble", part.line),
            turns=self._number(fields, "turns", part.line),
            lines={name: value.line for name, value in fields.items()},
        )

    def _node(self, name: str, part: Part) -> Node:
        content = self._table(part, name)
        kind = next((kind for kind in KINDS if kind in content), None)
        if kind is None:
            self._note(part.line, "node_without_kind", name)
            return End(name=name, line=part.line)
        fields = self._fields(part, (kind, *NODE_FIELDS, *KINDS[kind]))
        node = self._common(fields, name, part.line)
        make: dict[str, Callable[[dict[str, Part], Node], Node]] = {
            "choices": self._choose,
            "pick": self._pick,
            "collect": self._collect,
            "record": self._record,
            "do": self._do,
            "end": lambda _, node: End(**vars(node)),
            "to": lambda fields, node: Say(**vars(node), to=self._text(fields, "to", node.line)),
        }
        return make[kind](fields, node)

    def _common(self, fields: dict[str, Part], name: str, line: int) -> Node:
        return Node(
            name=name,
            line=line,
            say=self._texts(fields, "say"),
            view=self._text(fields, "view", line, ""),
            forget=self._texts(fields, "forget"),
            anew=self._flag(fields, "anew"),
            attentive=self._flag(fields, "attentive"),
        )

    def _waiting(self, fields: dict[str, Part], node: Node) -> dict[str, Any]:
        return {
            **vars(node),
            "again": self._texts(fields, "again"),
            "patience": self._number(fields, "patience", node.line, REPROMPTS),
            "lost": self._text(fields, "lost", node.line, ""),
            "back": self._text(fields, "back", node.line, ""),
        }

    def _choose(self, fields: dict[str, Part], node: Node) -> Node:
        return Choose(
            **self._waiting(fields, node),
            choices=tuple(self._choice(part) for part in self._list(fields["choices"], "choices")),
            other=self._text(fields, "other", node.line, ""),
        )

    def _choice(self, part: Part) -> Choice:
        fields = self._fields(part, ("key", "say", "to", "when"))
        return Choice(
            key=self._text(fields, "key", part.line),
            say=self._text(fields, "say", part.line),
            to=self._text(fields, "to", part.line),
            when=self._text(fields, "when", part.line, ""),
            line=part.line,
        )

    def _pick(self, fields: dict[str, Part], node: Node) -> Node:
        own = self._fields(fields["pick"], ("from", "item", "long_item", "more", "store"))
        return Pick(
            **self._waiting(fields, node),
            source=self._text(own, "from", node.line),
            item=self._text(own, "item", node.line),
            long_item=self._text(own, "long_item", node.line, ""),
            more=self._text(own, "more", node.line),
            store=self._text(own, "store", node.line),
            to=self._text(fields, "to", node.line),
        )

    def _collect(self, fields: dict[str, Part], node: Node) -> Node:
        own = self._fields(fields["collect"], ("store", "least", "most"))
        return Collect(
            **self._waiting(fields, node),
            store=self._text(own, "store", node.line),
            least=self._number(own, "least", node.line),
            most=self._number(own, "most", node.line),
            to=self._text(fields, "to", node.line),
        )

    def _record(self, fields: dict[str, Part], node: Node) -> Node:
        own = self._fields(fields["record"], ("store", "seconds"))
        return Record(
            **self._waiting(fields, node),
            store=self._text(own, "store", node.line),
            seconds=self._number(own, "seconds", node.line),
            to=self._text(fields, "to", node.line),
        )

    def _do(self, fields: dict[str, Part], node: Node) -> Node:
        outcomes = self._table(fields.get("outcomes", Part(node.line, None)), "outcomes")
        sample = self._table(fields.get("sample", Part(node.line, {})), "sample")
        return Do(
            **vars(node),
            effect=self._text(fields, "do", node.line),
            outcomes={name: self._way(part) for name, part in outcomes.items()},
            sample={name: _plain(part) for name, part in sample.items()},
        )

    def _way(self, part: Part) -> Way:
        if isinstance(part.content, str):
            return Way(part.content, line=part.line)
        fields = self._fields(part, ("retry", "say"))
        return Way(
            self._text(fields, "retry", part.line),
            retry=True,
            say=self._text(fields, "say", part.line),
            line=part.line,
        )

    def _fields(self, part: Part, allowed: tuple[str, ...]) -> dict[str, Part]:
        content = self._table(part, "")
        for name in content.keys() - set(allowed):
            self._note(content[name].line, "field_unknown", name)
        return content

    def _table(self, part: Part, what: str) -> dict[str, Part]:
        if isinstance(part.content, dict):
            return part.content
        self._note(part.line, "field_wrong", what)
        return {}

    def _list(self, part: Part, what: str) -> list[Part]:
        if isinstance(part.content, list) and part.content:
            return part.content
        self._note(part.line, "field_wrong", what)
        return []

    def _text(self, fields: dict[str, Part], name: str, line: int, default: str | None = None) -> str:
        if name in fields:
            return self._as_text(fields[name], name)
        if default is None:
            self._note(line, "field_missing", name)
        return default or ""

    def _as_text(self, part: Part, what: str) -> str:
        # A key of the telephone may be written as a number.
        if isinstance(part.content, str | int) and not isinstance(part.content, bool):
            return str(part.content)
        self._note(part.line, "field_wrong", what)
        return ""

    def _texts(self, fields: dict[str, Part], name: str) -> tuple[str, ...]:
        return tuple(self._as_text(part, name) for part in self._list(fields[name], name)) if name in fields else ()

    def _number(self, fields: dict[str, Part], name: str, line: int, default: int | None = None) -> int:
        part = fields.get(name)
        if part is None and default is not None:
            return default
        if part is not None and isinstance(part.content, int) and not isinstance(part.content, bool):
            return part.content
        self._note(part.line if part else line, "field_wrong" if part else "field_missing", name)
        return 1

    def _flag(self, fields: dict[str, Part], name: str) -> bool:
        part = fields.get(name)
        if part is not None and not isinstance(part.content, bool):
            self._note(part.line, "field_wrong", name)
        return part is not None and part.content is True

    def _note(self, line: int, code: str, what: str = "") -> None:
        self.problems.append(Problem(self.file, line, code, what))


def _plain(part: Part) -> Value:
    if isinstance(part.content, list):
        return [item.content for item in part.content if isinstance(item.content, int)]
    return None if isinstance(part.content, dict) else part.content
