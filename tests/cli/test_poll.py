"""`xiangyin poll`, as a clerk types it: from the draft to the receipt, and every refusal in one clear line."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from pathlib import Path

import pytest

from gateway.cli import poll
from gateway.kernel.errors import InputError
from gateway.kernel.ids import with_check_digit
from gateway.kernel.ports import Ports
from tests.cli.commands import Run, answer
from tests.fakes import NOON
from tests.polls.village import Village, a_village, vote

BEFORE = ("poll",)


@pytest.fixture
def village(own_ports: Ports) -> Village:
    return a_village(own_ports, 12, groups=("一组", "二组"))


CREATE = ("create", "--community", "shitan", "--question", "修路吗?", "--closes", "+2h")


def test_poll_goes_from_draft_to_receipt(run: Run, own_ports: Ports, village: Village) -> None:
    made = answer(run(*CREATE, "--translation", "en=Mend the road?", "--quorum", "1/2", "--json"))
    assert (made["poll"], made["state"], made["quorum"]) == (1, "draft", "1/2")
    opened = answer(run("open", "1", "--json"))
    assert (opened["state"], opened["eligible"]) == ("open", 12)
    receipts = [vote(own_ports, 1, person, "yes") for person in village.people[:10]]
    assert answer(run("turnout", "1", "--json")) == {"poll": 1, "eligible": 12, "participants": 10, "present": 10}
    closed = answer(run("close", "1", "--json"))
    found = answer(run("result", "1", "--json"))
    assert closed == found
    assert found["counts"] == {"yes": 10, "no": 0, "abstain": 0}
    assert (found["method"], found["eligible"], found["participants"]) == ("yesno", 12, 10)
    assert (found["winners"], found["adopted"]) == (["yes"], True)
    spaced = f"{receipts[0][:3]} {receipts[0][3:]}"
    assert answer(run("check-receipt", "1", spaced, "--json"))["counted"] is True


def test_poll_speaks_to_people_too(run: Run, own_ports: Ports, village: Village) -> None:
    assert "xiangyin poll open 1" in run(*CREATE, "--translation", "en=Mend the road?").output
    assert "12 people have a vote" in run("open", "1").output
    vote(own_ports, 1, village.people[0], "no")
    shown = run("show", "1").output
    assert "Mend the road?" in shown
    assert "over half of voters for it" in shown
    assert "3  abstain" in shown
    assert "1 have voted" in shown
    assert "Result: not adopted." in run("close", "1").output
    # With one ballot, the counts would say who voted how.
    told = run("result", "1", LANGUAGE="zh").output
    assert told.startswith("【石滩村】表决1“修路吗?”：参加的人少，为保密不公布票数。应到12人，参加1人。")


def test_single_choice_takes_options_and_most_votes_by_default(run: Run, own_ports: Ports, village: Village) -> None:
    words = ("--method", "single", "--option", "修路", "--option", "打井", "--translation", "en=What first?|Road|Well")
    made = answer(run(*CREATE, *words, "--json"))
    assert (made["options"], made["threshold"]) == (["修路", "打井"], {"of": "participants", "share": "0"})
    run("open", "1")
    for person, choice in zip(village.people, ("2", "2", "1", "abstain", "abstain") * 2, strict=False):
        vote(own_ports, 1, person, choice)
    closed = run("close", "1")
    assert "chosen 2 Well" in closed.output
    found = answer(run("result", "1", "--json"))
    assert (found["winners"], found["adopted"], found["counts"]) == (["2"], True, {"1": 2, "2": 4, "abstain": 4})


def test_rule_by_group_and_present_people(run: Run, own_ports: Ports, village: Village) -> None:
    made = answer(run(*CREATE, "--by-group", "--threshold", "2/3", "--threshold-of", "present", "--json"))
    assert (made["by_group"], made["threshold"]) == (True, {"of": "present", "share": "2/3"})
    run("open", "1")
    assert answer(run("present", "1", "--resident", "00001", "--json")) == {"poll": 1, "present": True}
    vote(own_ports, 1, village.people[0], "yes")
    found = json.loads(run("close", "1", "--json").stdout)
    assert found["by_group"]["二组"] == {
        "eligible": 6, "participants": 0, "present": 1, "counts": {}, "adopted": None,
    }  # fmt: skip
    assert not found["adopted"]


def test_polls_are_listed_by_community_and_state(run: Run, village: Village) -> None:
    assert run("list").output.strip() == "There are no polls."
    for _ in range(2):
        run(*CREATE)
    run("open", "2")
    assert [one["state"] for one in answer(run("list", "--community", "shitan", "--json"))] == ["draft", "open"]
    assert [one["poll"] for one in answer(run("list", "--state", "open", "--json"))] == [2]
    assert "1  draft  " in run("list").output


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("open", "7"), "There is no poll 7."),
        (("result", "7"), "There is no poll 7."),
        (("result", "1"), "Poll 1 has no result yet."),
        (("close", "1"), "Poll 1 takes no votes now."),
        (("check-receipt", "1", "123456"), "Poll 1 has no result yet."),
        (("present", "1", "--resident", "77777"), "nobody like that"),
        (("present", "1", "--resident", "00001"), "Poll 1 takes no votes now."),
        ((*CREATE, "--threshold", "most"), "A share is a fraction"),
        ((*CREATE, "--threshold", "1/0"), "A share is a fraction"),
        ((*CREATE, "--quorum", "3/2"), "A share is a fraction"),
        ((*CREATE, "--option", "a"), "A yes/no poll has no options"),
        ((*CREATE, "--method", "single"), "any other has 2 to 99"),
        ((*CREATE, "--translation", "Mend"), "A translation is written"),
        ((*CREATE, "--translation", "en=Road?|x"), "The translation into en needs 0"),
        ((*CREATE[:-1], "soon"), "The closing time cannot be read."),
        ((*CREATE[:-1], "2020-01-01T00:00"), "The closing time has passed."),
        (("create", "--community", "nowhere", *CREATE[3:]), "community"),
    ],
)
def test_refusal_is_one_line_and_status_1(run: Run, village: Village, words: tuple[str, ...], sentence: str) -> None:
    run(*CREATE)
    result = run(*words)
    assert result.exit_code == 1, result.output
    assert sentence in result.stderr
    assert result.stderr.count("\n") == 1
    assert result.stdout == ""


def test_receipt_with_a_slip_is_refused_and_a_strange_one_is_not_counted(
    run: Run, own_ports: Ports, village: Village
) -> None:
    run(*CREATE)
    run("open", "1")
    receipt = vote(own_ports, 1, village.people[0], "yes")
    run("close", "1")
    slip = f"{receipt[:-1]}{(int(receipt[-1]) + 1) % 10}"
    assert "slip" in run("check-receipt", "1", slip).stderr
    other = next(one for one in (with_check_digit(f"{n:05}") for n in range(2)) if one != receipt)
    assert answer(run("check-receipt", "1", other, "--json"))["counted"] is False


@pytest.mark.parametrize("method", ["lottery", "nonsense"])
def test_method_that_is_none_is_a_usage_error(run: Run, method: str) -> None:
    assert run(*CREATE, "--method", method).exit_code == 2


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("+2h", NOON + timedelta(hours=2)),
        ("+3d", NOON + timedelta(days=3)),
        ("+30m", NOON + timedelta(minutes=30)),
        ("2026-12-01T18:00", datetime(2026, 12, 1, 10, tzinfo=UTC)),
        ("2026-12-01T18:00+09:00", datetime(2026, 12, 1, 9, tzinfo=UTC)),
        ("2026-12-01 18:00Z", datetime(2026, 12, 1, 18, tzinfo=UTC)),
    ],
)
def test_closing_time_is_relative_or_in_the_communitys_zone(text: str, moment: datetime) -> None:
    assert poll.read_closing_time(text, "Asia/Shanghai", NOON) == moment


@pytest.mark.parametrize("text", ["", "2h", "+h", "tomorrow", "2026-13-01"])
def test_closing_time_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(InputError):
        poll.read_closing_time(text, "Asia/Shanghai", NOON)


def test_share_is_exact() -> None:
    assert poll.read_share("2/3") == Fraction(2, 3)
    assert poll.read_share("0.6") == Fraction(3, 5)


def test_published_poll_is_audited_without_a_database(
    run: Run, own_ports: Ports, village: Village, tmp_path: Path
) -> None:
    run(*CREATE)
    run("open", "1")
    assert "has no result yet" in run("publish", "1").stderr
    for person in village.people[:11]:
        vote(own_ports, 1, person, "yes")
    run("close", "1")
    file = tmp_path / "poll-1.json"
    file.write_text(run("publish", "1").stdout, encoding="utf-8")
    audited = answer(run("audit", str(file), "--json"))
    assert (audited["holds"], set(audited["checks"].values())) == (True, {True})
    shown = run("audit", str(file))
    assert "counted again, the result is the same" in shown.output
    assert run("audit", str(file), "--root", audited["root"]).exit_code == 0
    assert "not the one you gave" in run("audit", str(file), "--root", "00" * 32).stderr
    file.write_text(file.read_text().replace('"yes": 11', '"yes": 12'), encoding="utf-8")
    wrong = run("audit", str(file))
    assert wrong.exit_code == 1
    assert "! counted again, the result is another" in wrong.stdout
