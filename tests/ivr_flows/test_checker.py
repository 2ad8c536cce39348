"""The checker finds what is broken, at its line, and nothing in menus that are good."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from gateway.cli.flow import host_of
from gateway.conversation.calls.effects import EFFECTS
from gateway.conversation.calls.views import VIEWS
from gateway.wording.catalogue import Wording
from ivr_flows import loader
from ivr_flows.checker import check
from ivr_flows.drawing import draw
from ivr_flows.loader import load_flow, load_flows, menu_files
from ivr_flows.model import MOST_CHOICES, Choose, FlowError, Problem
from tests.ivr_flows.menus import HOST, small_flow

BROKEN = sorted((Path(__file__).parent / "broken").glob("*.yaml"))
# Menus of several files, which do not fit together.
BROKEN_FOLDERS = sorted(path for path in (Path(__file__).parent / "broken").iterdir() if path.is_dir())


def _problems(path: Path) -> list[Problem]:
    try:
        flows = load_flows(path.glob("*.yaml")) if path.is_dir() else {"": load_flow(path)}
        return [problem for flow in flows.values() for problem in check(flow, HOST)]
    except FlowError as error:
        return error.problems


@pytest.mark.parametrize("path", BROKEN, ids=lambda path: path.stem)
def test_broken_menu_is_found_out_at_its_line(path: Path) -> None:
    """The first line of each file tells what must be found and where."""
    expected = path.read_text(encoding="utf-8").splitlines()[0].removeprefix("# ").split(", ")
    found = _problems(path)
    assert [f"{problem.line} {problem.code}" for problem in found] == expected
    assert {problem.file for problem in found} == {path.name}


@pytest.mark.parametrize("path", BROKEN_FOLDERS, ids=lambda path: path.name)
def test_files_that_do_not_fit_together_are_found_out(path: Path) -> None:
    """The first line of the part tells what must be found, in which file and where."""
    expected = (path / "part.yaml").read_text(encoding="utf-8").splitlines()[0].removeprefix("# ").split(", ")
    assert [f"{problem.file}:{problem.line} {problem.code}" for problem in _problems(path)] == expected


def test_broken_menus_show_every_kind_of_mistake(wording: Wording) -> None:
    shown = {problem.code for path in [*BROKEN, *BROKEN_FOLDERS] for problem in _problems(path)}
    told = {key.removeprefix("staff_flow.") for key in wording.sentences["en"] if key.startswith("staff_flow.")}
    assert shown == told - {"good"}


def test_small_menu_is_good() -> None:
    assert check(small_flow(), HOST) == []


@pytest.mark.parametrize("name", sorted(load_flows(menu_files())))
def test_menus_of_the_product_are_good(name: str, wording: Wording) -> None:
    assert check(load_flows(menu_files())[name], host_of(wording)) == []


def test_menus_of_the_product_use_every_effect_and_view() -> None:
    flows = load_flows(menu_files()).values()
    assert {node.effect for flow in flows for node in flow.nodes.values() if hasattr(node, "effect")} == set(EFFECTS)
    assert {node.view for flow in flows for node in flow.nodes.values() if node.view} == set(VIEWS)


def test_choices_name_the_action_before_the_key(wording: Wording) -> None:
    for flow in load_flows(menu_files()).values():
        for node in flow.nodes.values():
            for choice in node.choices if isinstance(node, Choose) else ():
                assert len(node.choices) <= MOST_CHOICES
                for language in wording.languages:
                    assert wording.sentences[language][choice.say].index("{key}") > 3


def test_schema_names_the_fields_that_the_loader_reads() -> None:
    schema = json.loads((Path(loader.__file__).parent / "schema.json").read_text(encoding="utf-8"))
    assert set(schema["$defs"]["head"]["properties"]) == set(loader.TOP_FIELDS)
    assert set(schema["$defs"]["part"]["properties"]) == set(loader.PART_FIELDS)
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
