"""`xiangyin broadcast` from the command line, over a real installation."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from gateway.bootstrap import build_gateway
from gateway.cli.broadcast import group
from gateway.settings import load_settings
from tests.messaging.village import add_people, add_village


@pytest.fixture
def village(database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> int:
    """An installation with the village `qingshan`: three people by text, one without a telephone."""
    settings = {"DATABASE_URL": database_url, "DATA_DIR": str(tmp_path / "data"), "SECRET_KEY": "k" * 32,
                "REDIS_URL": "unix:///nowhere/redis.sock", "LANGUAGE": "en"}  # fmt: skip
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    gateway = build_gateway(load_settings())
    made = add_village(gateway.ports)
    add_people(gateway.ports, made, 3)
    add_people(gateway.ports, made, 1, phones=0)
    gateway.db.engine.dispose()
    return made


def _run(*arguments: str) -> Result:
    return CliRunner().invoke(group, list(arguments))


def _json(*arguments: str) -> Any:
    result = _run(*arguments, "--json")
    assert result.exit_code == 0, result.stderr
    return json.loads(result.stdout)


def test_broadcast_preview_counts_and_sends_nothing(village: int) -> None:
    found = _json("preview", "--community", "qingshan", "--words", "水管明天修好")
    assert found == {"people": 4, "texts": 3, "calls": 0, "segments": 3, "left_out": {"no_phone": 1}}
    assert _json("list") == []
    text = _run("preview", "--community", "qingshan", "--words", "水管明天修好").stdout
    assert "1 get none: no telephone number" in text


def test_broadcast_send_progress_pause_resume_abort(village: int) -> None:
    number = str(
        _json("send", "--community", "qingshan", "--words", "zh=明天停水", "--words", "en=No water")["broadcast"]
    )
    found = _json("progress", number)
    assert (found["total"], found["under_way"], found["unreached"], found["state"]) == (4, 3, 1, "sending")
    assert [person["reason"] for person in found["unreached_people"]] == ["no_phone"]
    assert _json("pause", number)["state"] == "paused"
    assert "paused" in _run("progress", number).stdout
    assert _json("resume", number)["state"] == "resumed"
    assert _json("abort", number)["state"] == "aborted"
    assert _json("progress", number)["held"] == 3
    assert [one["state"] for one in _json("list", "--community", "qingshan")] == ["aborted"]


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (("progress", "77"), "There is no broadcast 77."),
        (("pause", "77"), "There is no broadcast 77."),
        (
            ("send", "--community", "qingshan", "--words", " "),
            "A broadcast needs words, and none of them may be empty.",
        ),
        (("send", "--community", "nowhere", "--words", "x"), ""),
    ],
)
def test_broadcast_refuses_with_one_line(village: int, arguments: tuple[str, ...], line: str) -> None:
    result = _run(*arguments)
    assert result.exit_code == 1
    assert result.stdout == ""
    assert len(result.stderr.strip().splitlines()) >= 1
    assert line in result.stderr
