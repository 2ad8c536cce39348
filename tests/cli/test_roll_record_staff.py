"""The commands for communities, rolls, accounts and the record, as an operator types them."""

from __future__ import annotations

import json
import logging
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner, Result

from gateway.cli import calendar, community, prompts, record, roll, staff
from gateway.kernel.ports import Ports
from gateway.record import views as record_views
from gateway.roll import views as roll_views

Run = Callable[..., Result]
NUMBER = "+8657112345678"
FILE = "姓名,电话,户号\n王秀英,13812345678,1\n李大山,13812345678,1\n"


@pytest.fixture
def run(database_url: str, tmp_path: Path) -> Iterator[Run]:
    """Run a command of a group against the test's database; returns click's Result."""
    environment = {
        "DATABASE_URL": database_url,
        "DATA_DIR": str(tmp_path / "data"),
        "SECRET_KEY": "k" * 40,
        "LANGUAGE": "en",
    }
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level

    def invoke(group: click.Group, *words: str, **more: str) -> Result:
        return CliRunner(env=environment | more).invoke(group, list(words))

    yield invoke
    root.handlers[:] = handlers
    root.setLevel(level)


@pytest.fixture
def village(run: Run) -> str:
    assert run(community.group, "add", "shitan", "--name", "石滩村", "--number", NUMBER).exit_code == 0
    return "shitan"


@pytest.fixture
def people(tmp_path: Path) -> Callable[[str], str]:
    """Write a roll file; returns its path."""

    def write(text: str) -> str:
        path = tmp_path / "people.csv"
        path.write_text(text, encoding="utf-8")
        return str(path)

    return write


def _data(result: Result) -> Any:
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def test_community_is_added_and_listed(run: Run) -> None:
    assert _data(run(community.group, "add", "town", "--name", "T", "--number", "+8657100000001", "--json")) == {
        "code": "town",
        "name": "T",
        "numbers": ["+8657100000001"],
        "parent": None,
        "timezone": "Asia/Shanghai",
        "languages": ["zh"],
    }
    more = ("--number", NUMBER, "--number", "+8657100000002", "--parent", "town", "--timezone", "Asia/Urumqi")
    added = run(community.group, "add", "shitan", "--name", "石滩村", *more, "--language", "zh", "--language", "en")
    assert added.stdout == "石滩村 (shitan) is added.\n"
    first, second = _data(run(community.group, "list", "--json"))
    assert (first["code"], first["parent"], first["numbers"]) == ("shitan", "town", [NUMBER, "+8657100000002"])
    assert (first["languages"], first["timezone"], second["code"]) == (["zh", "en"], "Asia/Urumqi", "town")


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("shitan", "--name", "x", "--number", "+8657100000009"), "There is a community shitan already."),
        (("other", "--name", "x", "--number", NUMBER), "This number belongs to another community."),
        (("other", "--name", "x", "--number", "12"), "This is not a telephone number."),
        (("other", "--name", "x", "--number", "+8657100000009", "--timezone", "X/Y"), "There is no such time zone."),
    ],
)
def test_community_refusal_is_one_line(run: Run, village: str, words: tuple[str, ...], sentence: str) -> None:
    refused = run(community.group, "add", *words)
    assert refused.exit_code == 1
    assert refused.stdout == ""
    assert refused.stderr.startswith(sentence)
    assert refused.stderr.count("\n") == 1


def test_usage_errors_have_status_2_and_help_has_an_example(run: Run) -> None:
    assert run(community.group, "add", "x").exit_code == 2
    for group in (community.group, roll.group, record.group, staff.group):
        for name in group.commands:
            assert "Example: xiangyin" in run(group, name, "--help").stdout


def test_roll_import_makes_codes_and_pins(run: Run, village: str, people: Callable[[str], str], ports: Ports) -> None:
    report = _data(run(roll.group, "import", people(FILE), "--community", village, "--json"))
    assert (report["added"], report["dry_run"]) == (2, False)
    assert [made["name"] for made in report["made"]] == ["王秀英", "李大山"]
    assert all(len(made["code"]) == 5 and len(made["pin"]) == 4 for made in report["made"])
    assert [w["code"] for w in report["warnings"]] == ["consent_not_stated"]
    with ports.db.read() as conn:
        home = roll_views.community_by_code(conn, village)
        assert roll_views.roll_size(conn, home.id) == 2
        assert [change.kind for change in roll_views.roll_changes(conn, home.id)] == ["import"]
        (entry,) = record_views.entries(conn)
        assert (entry.kind, entry.subject, entry.data) == ("roll.imported", "community:shitan", {"added": 2, "size": 2})


def test_roll_import_prints_a_list_to_hand_out(run: Run, village: str, people: Callable[[str], str]) -> None:
    printed = run(roll.group, "import", people(FILE), "--community", village)
    assert printed.exit_code == 0
    assert printed.stdout.startswith("2 people are now on the roll.\n")
    assert "13812345678" not in printed.output
    *_, last = printed.stdout.splitlines()
    assert last.split("\t")[2] == "李大山"


def test_roll_import_dry_run_enters_nobody_and_lists_no_codes(
    run: Run, village: str, people: Callable[[str], str], ports: Ports
) -> None:
    report = _data(run(roll.group, "import", people(FILE), "--community", village, "--dry-run", "--json"))
    assert (report["added"], report["made"]) == (2, [])
    with ports.db.read() as conn:
        assert roll_views.roll_size(conn, roll_views.community_by_code(conn, village).id) == 0
        assert record_views.head(conn).size == 0


@pytest.mark.parametrize(
    ("language", "words"), [("en", "Line 3, phone: This is not"), ("zh", "第 3 行，phone：这不是")]
)
def test_roll_import_names_bad_lines_and_enters_nobody(
    run: Run, village: str, people: Callable[[str], str], ports: Ports, language: str, words: str
) -> None:
    bad = people("name,phone,channel\nA,13812345678,text\nB,99x,text\nC,,fax\n")
    refused = run(roll.group, "import", bad, "--community", village, LANGUAGE=language)
    assert refused.exit_code == 1
    lines = refused.stderr.splitlines()
    assert len(lines) == 3
    assert lines[0].startswith(words)
    assert "99x" not in refused.output
    as_json = run(roll.group, "import", bad, "--community", village, "--json")
    assert as_json.exit_code == 1
    assert [(p["line"], p["column"]) for p in json.loads(as_json.stdout)["problems"]] == [(3, "phone"), (4, "channel")]
    with ports.db.read() as conn:
        assert roll_views.roll_size(conn, roll_views.community_by_code(conn, village).id) == 0


def test_roll_import_again_is_refused(run: Run, village: str, people: Callable[[str], str]) -> None:
    assert run(roll.group, "import", people(FILE), "--community", village).exit_code == 0
    again = run(roll.group, "import", people(FILE), "--community", village)
    assert again.exit_code == 1
    assert len(again.stderr.splitlines()) == 3


def test_roll_is_listed_shown_and_changed_with_a_reason(
    run: Run, village: str, people: Callable[[str], str], ports: Ports
) -> None:
    given = people("name,phone,code,pin,consent\n王秀英,13812345678,20475,7351,yes\n李大山,,10213,2846,yes\n")
    assert _data(run(roll.group, "import", given, "--community", village, "--json"))["made"] == []
    assert [p["code"] for p in _data(run(roll.group, "list", "--community", village, "--json"))] == ["10213", "20475"]
    shown = run(roll.group, "show", "20475", "--community", village)
    assert "phones: +86…78" in shown.stdout
    assert "13812345678" not in shown.output
    reset = _data(run(roll.group, "reset-pin", "20475", "--community", village, "--reason", "forgotten", "--json"))
    assert len(reset["pin"]) == 4
    assert run(roll.group, "remove", "10213", "--community", village).exit_code == 2
    assert run(roll.group, "remove", "10213", "--community", village, "--reason", " ").exit_code == 1
    assert run(roll.group, "remove", "10213", "--community", village, "--reason", "moved away").exit_code == 0
    assert run(roll.group, "show", "10213", "--community", village).exit_code == 1
    with ports.db.read() as conn:
        home = roll_views.community_by_code(conn, village)
        assert [c.kind for c in roll_views.roll_changes(conn, home.id)] == ["import", "reset_pin", "remove"]
        assert [e.kind for e in record_views.entries(conn)] == ["roll.imported", "roll.removed"]


def test_guests_are_imported_as_such(run: Run, village: str, people: Callable[[str], str]) -> None:
    assert run(roll.group, "import", people(FILE), "--community", village, "--guests").exit_code == 0
    assert all(p["guest"] for p in _data(run(roll.group, "list", "--community", village, "--json")))


def test_record_is_exported_verified_and_proved(
    run: Run, village: str, people: Callable[[str], str], tmp_path: Path
) -> None:
    run(roll.group, "import", people(FILE), "--community", village)
    run(roll.group, "import", people("name\n陈小明\n"), "--community", village)
    file = tmp_path / "record.jsonl"
    file.write_text(run(record.group, "export").stdout, encoding="utf-8")
    found = _data(run(record.group, "verify", str(file), "--json"))
    assert (found["valid"], found["size"]) == (True, 2)
    assert run(record.group, "verify", str(file), "--root", found["root"]).exit_code == 0
    assert run(record.group, "verify", str(file), "--root", "0" * 64).exit_code == 1
    proof = _data(run(record.group, "prove", "1", "--json"))
    assert (proof["seq"], proof["size"], proof["root"], len(proof["proof"])) == (1, 2, found["root"], 1)
    assert run(record.group, "prove", "2").exit_code == 1
    assert proof["checkpoint"] == ""
    kept = tmp_path / "kept.txt"
    kept.write_text(run(record.group, "checkpoint").stdout, encoding="utf-8")
    assert run(record.group, "rotate-key").exit_code == 0
    assert run(record.group, "export", "--to", str(tmp_path / "out")).exit_code == 0
    whole = _data(
        run(record.group, "verify", str(tmp_path / "out" / "record.jsonl"), "--checkpoint", str(kept), "--json")
    )
    assert (whole["size"], len(whole["keys"])) == (4, 2)
    proof_file = tmp_path / "proof.json"
    for arguments in (["prove", "1"], ["prove", "2", "--consistency"]):
        proof_file.write_text(run(record.group, *arguments).stdout, encoding="utf-8")
        alone = [sys.executable, "-I", "-S", str(tmp_path / "out" / "verify.py"), str(proof_file)]
        assert subprocess.run(alone, capture_output=True, check=False).returncode == 0
    file.write_text(file.read_text(encoding="utf-8").replace('"added":2', '"added":3'), encoding="utf-8")
    refused = run(record.group, "verify", str(file))
    assert refused.exit_code == 1
    assert refused.stderr.startswith("Line 1 ")
    file.write_bytes(b"\xff\xfe")
    assert run(record.group, "verify", str(file)).exit_code == 1


def test_staff_accounts_are_added_listed_and_disabled(run: Run, village: str) -> None:
    made = _data(run(staff.group, "add", "wang", "--role", "clerk", "--community", village, "--json"))
    assert (made["name"], made["role"], made["community"], len(made["password"])) == ("wang", "clerk", "shitan", 19)
    assert run(staff.group, "add", "wang", "--role", "clerk").exit_code == 1
    assert run(staff.group, "add", "li", "--role", "king").exit_code == 2
    assert run(staff.group, "disable", "wang").exit_code == 0
    assert run(staff.group, "disable", "nobody").exit_code == 1
    listed = run(staff.group, "list", "--json")
    assert _data(listed) == [{"name": "wang", "role": "clerk", "community": "shitan", "disabled": True}]
    assert made["password"] not in listed.output


def test_staff_gets_a_new_password_and_a_post(run: Run, village: str) -> None:
    first = _data(run(staff.group, "add", "wang", "--role", "auditor", "--json"))["password"]
    second = _data(run(staff.group, "password", "wang", "--json"))["password"]
    assert (len(second), second == first) == (19, False)
    assert run(staff.group, "password", "nobody").exit_code == 1
    assert run(staff.group, "post", "wang", "--community", village, "--role", "moderator").exit_code == 0
    assert run(staff.group, "post", "wang", "--community", village, "--none").exit_code == 0
    assert run(staff.group, "post", "nobody", "--community", village, "--none").exit_code == 1
    assert run(staff.group, "post", "wang", "--community", village).exit_code == 2


def test_calendar_shows_hours_holidays_and_a_persons_own(run: Run, village: str, people: Callable[[str], str]) -> None:
    made = run(roll.group, "import", people(FILE), "--community", village, "--json")
    code = json.loads(made.output)["made"][0]["code"]
    assert run(calendar.group, "hours", village, "--calls", "9-19").exit_code == 0
    assert run(calendar.group, "holiday", village, "2027-02-06", "2027-02-07", "--name", "春节").exit_code == 0
    assert run(calendar.group, "timezone", village, "Asia/Urumqi").exit_code == 0
    shown = json.loads(run(calendar.group, "show", village, "--json").output)
    assert shown["calls"] == "09:00-19:00"
    assert shown["timezone"] == "Asia/Urumqi"
    assert shown["holidays"] == {"2027-02-06": "春节", "2027-02-07": "春节"}
    assert "18:00-18:30" in run(calendar.group, "own", village, code, "18-18:30").output
    assert run(calendar.group, "own", village, code, "any").exit_code == 0
    assert "09:00-19:00" in run(calendar.group, "own", village, code, "6-8").output
    assert run(calendar.group, "holiday", village, "2027-02-07", "--remove").exit_code == 0
    assert run(calendar.group, "holiday", village, "someday").exit_code == 1


def test_prompts_check_tells_what_each_language_in_use_lacks(
    run: Run, village: str, people: Callable[[str], str]
) -> None:
    check = ("check", "--in-use", "--community", village)
    assert "nothing is missing" in run(prompts.group, *check).output
    assert run(prompts.group, "check", "--in-use").exit_code == 1
    run(roll.group, "import", people("姓名,语言\n巴图,mn\n"), "--community", village)
    told = run(prompts.group, *check)
    assert told.exit_code == 1
    assert "mn: there are no sentences in it" in told.output


def test_announcing_of_calls_is_turned_off_and_on(run: Run, village: str) -> None:
    assert "gets one before" in run(calendar.group, "announce", village, "--on").output
    assert "No text goes before calls" in run(calendar.group, "announce", village, "--off").output
    assert json.loads(run(calendar.group, "show", village, "--json").output)["announces_calls"] is False
