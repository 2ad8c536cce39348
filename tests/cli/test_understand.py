"""`xiangyin understand`: JSON lines in, JSON lines out, exactly as other programs rely on it."""

from __future__ import annotations

import json
from typing import Any

import pytest
from click.testing import CliRunner, Result

from gateway.cli.understand import understand

YESNO = {"number": 3, "method": "yesno"}
SINGLE = {"number": 2, "method": "single", "options": ["修路 road", "水井 well"]}
APPROVAL = {"number": 8, "method": "approval", "options": ["a", "b", "c"], "max": 2}
RANKED = {"number": 7, "method": "ranked", "options": ["a", "b", "c"]}


def run(*lines: dict[str, Any] | str) -> Result:
    written = "\n".join(line if isinstance(line, str) else json.dumps(line) for line in lines)
    return CliRunner().invoke(understand, input=written)


def read(*lines: dict[str, Any] | str) -> list[dict[str, Any]]:
    result = run(*lines)
    assert result.exit_code == 0, result.output
    return [json.loads(line) for line in result.stdout.splitlines()]


def test_understand_writes_one_line_for_each_text() -> None:
    found = read({"id": "a", "text": "投3 1", "context": {"polls": [YESNO, SINGLE], "asked": None}}, "",
                 {"id": 2, "text": "议题 村口路灯坏了", "context": {}}, {"id": 3, "text": "查13"})  # fmt: skip
    assert found == [
        {"id": "a", "intent": "vote", "votes": [{"poll": 3, "choice": "yes"}], "topic_text": None, "number": "3",
         "language": None},
        {"id": 2, "intent": "topic", "votes": [], "topic_text": "村口路灯坏了", "number": None, "language": None},
        {"id": 3, "intent": "status", "votes": [], "topic_text": None, "number": "13", "language": None},
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "poll", "choice"),
    [("1", YESNO, "yes"), ("VOTE 3 3", YESNO, "abstain"), ("水井", SINGLE, "2"), ("3和1", APPROVAL, "1,3"),
     ("3 1 2", RANKED, "3>1>2"), ("投7 2", RANKED, "2")],
)  # fmt: skip
def test_understand_gives_choices_of_every_form(text: str, poll: dict[str, Any], choice: str) -> None:
    [found] = read({"id": 1, "text": text, "context": {"polls": [poll], "asked": poll["number"]}})
    assert found["votes"] == [{"poll": poll["number"], "choice": choice}]


def test_understand_speaks_of_a_closed_poll_without_a_vote() -> None:
    [found] = read({"id": 1, "text": "投9 1", "context": {"polls": [YESNO], "asked": None}})
    assert (found["intent"], found["votes"], found["number"]) == ("vote", [], "9")


def test_understand_names_the_language_that_is_asked_for() -> None:
    found = read({"id": 1, "text": "LANG en"}, {"id": 2, "text": "语言"})
    assert [(one["intent"], one["language"]) for one in found] == [("language", "en"), ("language", None)]


@pytest.mark.parametrize(
    "line", ["not json", "[]", '{"id": 1}', '{"text": 5}', '{"text": "1", "context": {"polls": [{}]}}']
)
def test_understand_refuses_what_it_cannot_read_and_says_where(line: str) -> None:
    result = run({"id": 1, "text": "1"}, line)
    assert result.exit_code == 1
    assert "2" in result.stderr
    assert "Traceback" not in result.output
