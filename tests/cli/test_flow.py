"""`xiangyin flow`: what it prints and with which status it ends."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from gateway.cli.flow import group
from ivr_flows.loader import menu_files

MAIN = next(path for path in menu_files() if path.name == "main.yaml")
BROKEN = Path(__file__).parent.parent / "ivr_flows" / "broken"


@pytest.fixture(autouse=True)
def _own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATA_DIR", str(tmp_path))


def _run(*arguments: str, typed: str = "") -> Result:
    return CliRunner().invoke(group, arguments, input=typed)


def test_flow_check_passes_the_menus_of_the_product() -> None:
    assert _run("check").exit_code == 0


def test_flow_check_names_file_and_line_and_ends_with_one() -> None:
    result = _run("check", str(BROKEN / "digit_clash.yaml"))
    assert result.exit_code == 1
    assert "digit_clash.yaml:18: " in result.stderr


def test_flow_check_lists_mistakes_for_machines() -> None:
    result = _run("check", "--json", str(BROKEN / "no_back_key.yaml"))
    assert result.exit_code == 1
    first = json.loads(result.stdout)[0]
    assert first == {"file": "no_back_key.yaml", "line": 6, "code": "key_missing", "what": "*"}


def test_flow_play_is_a_terminal_telephone() -> None:
    result = _run("play", str(MAIN), "--language", "en", typed="\n1\n1\n1\n")
    assert result.exit_code == 0
    assert "recorded voice" in result.stdout


def test_flow_draw_prints_mermaid() -> None:
    result = _run("draw", str(MAIN))
    assert result.exit_code == 0
    assert result.stdout.startswith("flowchart TD\n")
