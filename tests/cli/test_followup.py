"""`xiangyin followup`, as a clerk types it: a plan with its steps, days and changes; each refusal in one line."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import Result

from gateway.kernel.ports import Ports
from gateway.topics.model import Topic
from gateway.wording.catalogue import load_wording
from tests.cli.commands import Run, answer
from tests.followup.test_photos import jpeg
from tests.meetings.gathering import an_accepted_topic
from tests.polls.village import a_village

BEFORE = ("followup",)
STEP = ("--milestone", "+10d;office:水利站;换好栏杆", "--milestone", "+20d;office:村委会;zh=刷漆|en=Paint it")


@pytest.fixture
def topic(own_ports: Ports) -> Topic:
    return an_accepted_topic(own_ports, a_village(own_ports, 4), load_wording())


def refusal(result: Result) -> str:
    assert result.exit_code == 1
    return result.stderr.strip()


def test_promise_from_its_plan_to_its_last_step(run: Run, topic: Topic, tmp_path: Path) -> None:
    assert run("show", topic.number).stdout == f"Topic {topic.number} has no plan yet.\n"
    plan = answer(run("plan", topic.number, "--words", "修好栏杆", *STEP, "--json"))
    assert [one["responsible"]["name"] for one in plan["milestones"]] == ["水利站", "村委会"]
    assert "office" in run("plan", "--help").stdout
    changed = answer(run("due", topic.number, "1", "--to", "+12d", "--reason", "钢材晚到", "--json"))
    assert changed["first_due_at"] < changed["due_at"]
    assert answer(run("add", topic.number, "+30d;office:村委会;立牌子", "--json"))["milestone"] == 3
    assert "路政" in run("hand-over", topic.number, "3", "--to", "office:路政").stdout
    run("keep", topic.number, "1")
    run("drop", topic.number, "2", "--reason", "不用刷漆")
    shown = answer(run("show", topic.number, "--json"))
    assert [one["state"] for one in shown["milestones"]] == ["done", "dropped", "open"]
    assert shown["milestones"][0]["changes"][0]["reason"] == "钢材晚到"
    assert "given up" in run("show", topic.number).stdout
    assert [one["light"] for one in answer(run("promises", "--community", "shitan", "--json"))] == [
        "kept",
        "dropped",
        "blue",
    ]
    assert run("overdue").stdout == "None.\n"
    photo = tmp_path / "bridge.jpg"
    photo.write_bytes(jpeg(orientation=6))
    updated = answer(run("update", topic.number, "--words", "栏杆换好了", "--photo", str(photo), "--json"))
    assert (tmp_path / "data" / "photos" / updated["photo"]).exists()
    assert "sent to nobody" in run("update", topic.number, "--words", "漆不刷了", "--quiet").stdout


def test_refusals_are_one_clear_line(run: Run, topic: Topic, tmp_path: Path) -> None:
    words = ("plan", topic.number, "--words", "修好栏杆", "--milestone")
    assert "office:Water works" in refusal(run(*words, "+10d;换好栏杆"))
    assert "guest:CODE" in refusal(run(*words, "+10d;水利站;换好栏杆"))
    assert "Nobody like that" in refusal(run(*words, "+10d;guest:90011;换好栏杆"))
    assert refusal(run("due", topic.number, "1", "--to", "+12d", "--reason", "晚")) == "This topic has no plan yet."
    photo = tmp_path / "bridge.gif"
    photo.write_bytes(b"GIF89a")
    assert "JPEG or PNG" in refusal(run("update", topic.number, "--words", "好了", "--photo", str(photo)))
