"""From a YAML file to a Flow. Whatever does not fit the shape (`schema.json`) is reported with file and line."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

from ivr_flows.assembling import Offer, Piece, assemble
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
    Join,
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
PART_FIELDS = ("spec_version", "part_of", "offered", "nodes")
NODE_FIELDS = ("say", "hear", "view", "forget", "anew", "attentive")
WAITING_FIELDS = ("again", "patience", "lost", "back")
# Each kind of node: the field that tells it, and what else it may hold.
KINDS: dict[str, tuple[str, ...]] = {
    "choices": (*WAITING_FIELDS, "other"),
    "pick": (*WAITING_FIELDS, "to", "none"),
    "collect": (*WAITING_FIELDS, "to"),
    "record": (*WAITING_FIELDS, "to"),
    "join": ("to",),
    "do": ("outcomes", "sample"),
    "end": (),
    "to": (),
}


def load_flow(path: Path) -> Flow:
    """The menu that `path` is the head of, with its parts from the same folder; FlowError names every mistake."""
    piece = _piece(path)
    if piece.head is None:
        raise FlowError([Problem(path.name, piece.line, "not_a_head")])
    parts = [other for other in _pieces(path, "part_of:") if piece.head.name in other.part_of]
    return _assembled([piece, *parts])[piece.head.name]


def load_flows(paths: Iterable[Path]) -> dict[str, Flow]:
    """The menus that are put together from all of `paths`, by name; FlowError names every mistake."""
    return _assembled([_piece(path) for path in paths])


def load_flows_of(path: Path) -> list[Flow]:
    """The menus to which `path` belongs, as their head or as a part, each with its parts from the same folder."""
    piece = _piece(path)
    if piece.head:
        return [load_flow(path)]
    others = _pieces(path, "")
    heads = [other for other in others if other.head and other.head.name in piece.part_of]
    parts = [other for other in others if set(other.part_of) & set(piece.part_of)]
    flows = _assembled([*heads, piece, *(replace(part, part_of=_common(part, piece)) for part in parts)])
    return list(flows.values())


def menu_files() -> list[Path]:
    """The files of the menus that come with the product."""
    return sorted(Path(__file__).parent.glob("*.yaml"))


def read_flow(text: str, file: str) -> Flow:
    """Read a menu of one file from its text; `file` is its name in problems."""
    return next(iter(_assembled([_read(text, file)]).values()))


def _assembled(pieces: Sequence[Piece]) -> dict[str, Flow]:
    flows, problems = assemble(pieces)
    if problems:
        raise FlowError(problems)
    return flows


def _pieces(beside: Path, holding: str) -> list[Piece]:
    """The files beside one that hold a word; a neighbour that is broken is found out when it is checked itself."""
    pieces = []
    for path in sorted(beside.parent.glob("*.yaml")):
        text = path.read_text(encoding="utf-8")
        if path != beside and holding in text:
            with suppress(FlowError):
                pieces.append(_read(text, path.name))
    return pieces


def _common(part: Piece, piece: Piece) -> tuple[str, ...]:
    return tuple(name for name in part.part_of if name in piece.part_of)


def _piece(path: Path) -> Piece:
    return _read(path.read_text(encoding="utf-8"), path.name)


def _read(text: str, file: str) -> Piece:
    reader = _Reader(file)
    piece = reader.piece(read_parts(text, file))
    if reader.problems:
        raise FlowError(sorted(reader.problems))
    return piece


class _Reader:
    """Reads parts into values of the model, noting what does not fit and going on with a harmless value."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.problems: list[Problem] = []

    def piece(self, part: Part) -> Piece:
        is_part = isinstance(part.content, dict) and "part_of" in part.content
        fields = self._fields(part, PART_FIELDS if is_part else TOP_FIELDS)
        if self._number(fields, "spec_version", part.line) != SPEC_VERSION:
            self._note(part.line, "spec_version_unknown")
        nodes = self._table(fields.get("nodes", Part(part.line, None)), "nodes")
        read = {name: self._node(name, node) for name, node in nodes.items()}
        if not is_part:
            head = self._head(part, fields)
            return Piece(self.file, read, head=head, line=head.lines.get("flow", part.line))
        return Piece(
            self.file,
            read,
            part_of=self._texts(fields, "part_of"),
            line=fields["part_of"].line,
            offers=tuple(self._offers(fields)),
        )

    def _offers(self, fields: dict[str, Part]) -> Iterator[Offer]:
        for part in self._list(fields["offered"], "offered") if "offered" in fields else []:
            own = self._fields(part, ("in", "key", "say", "to", "when"))
            yield Offer(self._text(own, "in", part.line), self._choice_of(own, part.line))

    def _head(self, part: Part, fields: dict[str, Part]) -> Flow:
        everywhere = self._table(fields.get("everywhere", Part(part.line, {})), "everywhere")
        return Flow(
            name=self._text(fields, "flow", part.line),
            file=self.file,
            start=self._text(fields, "start", part.line),
            nodes={},
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
            "join": self._join,
            "do": self._do,
            "end": lambda _, node: End(**vars(node)),
            "to": lambda fields, node: Say(**vars(node), to=self._text(fields, "to", node.line)),
        }
        return make[kind](fields, node)

    def _common(self, fields: dict[str, Part], name: str, line: int) -> Node:
        return Node(
            name=name,
            line=line,
            file=self.file,
            hear=self._text(fields, "hear", line, ""),
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
        return self._choice_of(self._fields(part, ("key", "say", "to", "when")), part.line)

    def _choice_of(self, fields: dict[str, Part], line: int) -> Choice:
        return Choice(
            key=self._text(fields, "key", line),
            say=self._text(fields, "say", line),
            to=self._text(fields, "to", line),
            when=self._text(fields, "when", line, ""),
            line=line,
            file=self.file,
        )

    def _pick(self, fields: dict[str, Part], node: Node) -> Node:
        own = self._fields(fields["pick"], ("from", "item", "long_item", "more", "store"))
        return Pick(
            **self._waiting(fields, node),
            source=self._text(own, "from", node.line),
            item=self._text(own, "item", node.line, ""),
            long_item=self._text(own, "long_item", node.line, ""),
            more=self._text(own, "more", node.line, None if "item" in own else ""),
            store=self._text(own, "store", node.line),
            to=self._text(fields, "to", node.line),
            none=self._text(fields, "none", node.line, ""),
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

    def _join(self, fields: dict[str, Part], node: Node) -> Node:
        own = self._fields(fields["join"], ("room", "heard"))
        return Join(
            **vars(node),
            room=self._text(own, "room", node.line),
            heard=self._text(own, "heard", node.line),
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
