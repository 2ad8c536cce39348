"""The checker finds what is broken, at its line, and nothing in menus that are good."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from gateway.conversation.calls.effects import EFFECTS
from gateway.conversation.calls.views import VIEWS
from gateway.wording.catalogue import Wording
from ivr_flows import loader
from ivr_flows.checker import Host, check
from ivr_flows.drawing import draw
from ivr_flows.loader import load_flow, menu_files
from ivr_flows.model import MOST_CHOICES, Choose, FlowError, Problem
from tests.ivr_flows.menus import HOST, small_flow

BROKEN = sorted((Path(__file__).parent / "broken").glob("*.yaml"))


def _problems(path: Path) -> list[Problem]:
    try:
        return check(load_flow(path), HOST)
    except FlowError as error:
        return error.problems


@pytest.mark.parametrize("path", BROKEN, ids=lambda path: path.stem)
def test_broken_menu_is_found_out_at_its_line(path: Path) -> None:
    """The first line of each file tells what must be found and where."""
    expected = path.read_text(encoding="utf-8").splitlines()[0].removeprefix("# ").split(", ")
    found = _problems(path)
    assert [f"{problem.line} {problem.code}" for problem in found] == expected
    assert {problem.file for problem in found} == {path.name}


def test_broken_menus_show_every_kind_of_mistake(wording: Wording) -> None:
    shown = {problem.code for path in BROKEN for problem in _problems(path)}
    told = {key.removeprefix("staff_flow.") for key in wording.sentences["en"] if key.startswith("staff_flow.")}
    assert shown == told - {"good"}


def test_small_menu_is_good() -> None:
    assert check(small_flow(), HOST) == []


@pytest.mark.parametrize("path", menu_files(), ids=lambda path: path.stem)
def test_menus_of_the_product_are_good(path: Path, wording: Wording) -> None:
    host = Host(wording.sentences, {name: effect.outcomes for name, effect in EFFECTS.items()}, {*VIEWS})
    assert check(load_flow(path), host) == []


def test_menus_of_the_product_use_every_effect_and_view() -> None:
    flows = [load_flow(path) for path in menu_files()]
    assert {node.effect for flow in flows for node in flow.nodes.values() if hasattr(node, "effect")} == set(EFFECTS)
    assert {node.view for flow in flows for node in flow.nodes.values() if node.view} == set(VIEWS)


def test_choices_name_the_action_before_the_key(wording: Wording) -> None:
    for path in menu_files():
        for node in load_flow(path).nodes.values():
            for choice in node.choices if isinstance(node, Choose) else ():
                assert len(node.choices) <= MOST_CHOICES
                for language in wording.languages:
                    assert wording.sentences[language][choice.say].index("{key}") > 3


def test_schema_names_the_fields_that_the_loader_reads() -> None:
    schema = json.loads((Path(loader.__file__).parent / "schema.json").read_text(encoding="utf-8"))
    assert set(schema["properties"]) == set(loader.TOP_FIELDS)
    read = {*loader.NODE_FIELDS, *loader.KINDS, *(name for names in loader.KINDS.values() for name in names)}
    assert set(schema["$defs"]["node"]["properties"]) == read


def test_drawing_shows_every_node_and_way() -> None:
    flow = small_flow()
    drawn = draw(flow)
    assert drawn.startswith("flowchart TD\n")
    for name in flow.nodes:
        assert f"    n_{name}" in drawn
    assert 'n_check -->|"wrong"| n_code' in drawn
    assert "n_top -.-> n_lost" in drawn
