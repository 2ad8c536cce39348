"""`xiangyin meeting`, as a clerk types it: a meeting from its plan to its resolution; each refusal in one line."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway.kernel.ports import Ports
from gateway.meetings import sitting
from gateway.topics import actions as topics
from gateway.topics.recordings import store_recording
from gateway.wording.catalogue import load_wording
from tests.cli.commands import Run, answer
from tests.fakes import ScriptedCarrier
from tests.meetings.gathering import an_accepted_topic, work
from tests.polls.village import Village, a_village

BEFORE = ("meeting",)
FOR = ("--for", "00001", "--reason", "at the desk")
PLAN = ("plan", "--community", "shitan", "--title", "村口的桥怎样修", "--place", "祠堂", "--at", "+2d")


@pytest.fixture
def village(own_ports: Ports) -> Village:
    return a_village(own_ports, 4)


def test_meeting_from_its_plan_to_its_resolution(run: Run, own_ports: Ports, village: Village, tmp_path: Path) -> None:
    topic = an_accepted_topic(own_ports, village, load_wording())
    assert answer(run(*PLAN, "--topic", topic.number, "--json"))["meeting"] == 1
    assert answer(run("invite", "1", "--also", "00003", "--json"))["invited"] == 4
    assert answer(run("reply", "1", *FOR, "--comes", "--json"))["deed"] == "reply"
    assert "has begun" in run("open", "1").stdout
    assert run("came", "1", "--resident", "00001").exit_code == 0
    work(own_ports, lambda tx: sitting.join_line(tx, 1, village.people[2], "CA1", at=own_ports.clock.now()))
    work(own_ports, lambda tx: sitting.ask_for_floor(tx, 1, village.people[2], at=own_ports.clock.now()))
    assert "00002  no reply  by telephone  asks to speak" in run("floor", "1").stdout
    assert answer(run("floor", "1", "--give", "00002", "--json"))["seats"][2]["floor"] == "speaking"
    assert "hands now: 先修栏杆吗" in run("hands", "1", "--ask", "先修栏杆吗").stdout
    assert answer(run("hands", "1", "--count", "--json"))["hands"] == [{"open": False, "yes": 0, "no": 0}]
    assert answer(run("say", "1", *FOR, "--words", "先修栏杆", "--json"))["ref"] == 1
    assert "goes into the minutes" in run("statement", "1", "--admit").stdout
    assert "is over" in run("close", "1").stdout
    minutes = tmp_path / "minutes.txt"
    minutes.write_text("大家商量了桥的事。\n先修栏杆。", encoding="utf-8")
    assert answer(run("minutes", "1", "--file", str(minutes), "--summary", "先修栏杆。", "--json"))["told"] == 4
    assert answer(run("resolve", "1", "--words", "先修栏杆", "--json"))["told"] == 4
    shown = run("show", "1").stdout
    assert "over" in shown and "statement 1 (in the minutes): 先修栏杆" in shown
    assert answer(run("list", "--community", "shitan", "--json"))[0]["resolution"] == "先修栏杆"


def test_meeting_that_is_called_off(run: Run, village: Village) -> None:
    assert run(*PLAN).exit_code == 0
    assert answer(run("invite", "1", "--everyone", "--json"))["invited"] == len(village.people)
    assert answer(run("cancel", "1", "--json"))["told"] == len(village.people)
    assert "called off" in run("list", "--state", "cancelled").stdout


REFUSALS = [
    (("open", "7"), "There is no meeting 7."),
    (("plan", "--community", "shitan", "--title", "x", "--place", "y", "--at", "2020-01-01T10:00"), "in the past"),
    (("reply", "1", *FOR, "--comes"), "is not invited"),
    (("reply", "1", "--for", "99999", "--reason", "x", "--comes"), "nobody"),
    (("came", "1", "--resident", "00001"), "not under way"),
    (("floor", "1", "--give", "00001"), "not under way"),
    (("hands", "1", "--count"), "no such show of hands"),
    (("close", "1"), "Somebody else"),
    (("statement", "9", "--admit"), "no statement 9"),
    (("resolve", "1", "--words", "x"), "has not taken place"),
]


def test_each_refusal_is_one_line(run: Run, village: Village) -> None:
    assert run(*PLAN).exit_code == 0
    for words, why in REFUSALS:
        refused = run(*words)
        assert (refused.exit_code, refused.stdout) == (1, ""), words
        assert why.lower() in refused.stderr.lower()
        assert len(refused.stderr.splitlines()) == 1


def test_statements_are_listed_saved_and_played(
    run: Run, own_ports: Ports, village: Village, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    number = answer(run(*PLAN, "--json"))["meeting"]
    now, one = own_ports.clock.now(), village.people[0]
    spoken = work(own_ports, lambda tx: topics.keep_recording(tx, "RE1", 9))
    work(own_ports, lambda tx: sitting.say(tx, number, one, "", at=now, recording_id=spoken))
    work(own_ports, lambda tx: sitting.say(tx, number, one, "先修栏杆", at=now))
    assert "has not been fetched" in run("statements", str(number), "--save", str(tmp_path / "out")).stderr
    carrier = ScriptedCarrier()
    carrier.recordings["RE1"] = b"not a sound that we can read, kept as it came"
    store_recording(own_ports, spoken, carrier=carrier, folder=tmp_path / "data" / "recordings")
    first, second = answer(run("statements", str(number), "--save", str(tmp_path / "out"), "--json"))
    assert (first["spoken"], second["words"]) == (True, "先修栏杆")
    file = Path(first["file"])
    assert file.read_bytes().startswith(b"not a sound")
    assert file.stat().st_mode & 0o077 == 0
    heard: list[str] = []
    monkeypatch.setattr("gateway.cli.meeting.shutil.which", lambda name: f"/bin/{name}" if name == "aplay" else None)
    monkeypatch.setattr("gateway.cli.meeting.subprocess.run", lambda words, **_: heard.append(words[0]))
    assert run("statements", str(number), "--play", "1").exit_code == 0
    assert heard == ["/bin/aplay"]
    assert "no spoken statement" in run("statements", str(number), "--play", "2").stderr
    monkeypatch.setattr("gateway.cli.meeting.shutil.which", lambda _: None)
    assert "Use --save" in run("statements", str(number), "--play", "1").stderr
