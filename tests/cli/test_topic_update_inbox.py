"""`xiangyin topic`, `update` and `inbox`, as a clerk types them: each answer for people and machines, each refusal."""

from __future__ import annotations

from pathlib import Path

import click
import pytest

from gateway.cli import inbox, topic, update
from gateway.kernel.ports import Ports
from gateway.messaging import inbox as messages
from gateway.messaging.inbox import InboxKind, InboxState
from gateway.topics import actions as topics
from gateway.topics import asking, views
from gateway.topics.recordings import store_recording
from tests.cli.commands import Run, answer
from tests.fakes import ScriptedCarrier
from tests.kernel.sounds import tone, wav
from tests.polls.village import Village, a_village

GROUPS: dict[str, click.Group] = {"topic": topic.group, "update": update.group, "inbox": inbox.group}


@pytest.fixture
def village(own_ports: Ports) -> Village:
    return a_village(own_ports, 3)


@pytest.fixture
def number(own_ports: Ports, village: Village) -> str:
    """A topic that waits to be screened."""
    with own_ports.db.work() as tx:
        made = topics.raise_topic(tx, village.id, village.people[0], "村口路灯坏了", at=own_ports.clock.now())
        tx.commit()
    return made.number


def test_topic_is_listed_shown_and_screened(run: Run, number: str) -> None:
    (listed,) = answer(run("topic", "list", "--community", "shitan", "--json"))
    assert (listed["topic"], listed["stage"], listed["text"], listed["spoken"]) == (
        number,
        "raised",
        "村口路灯坏了",
        False,
    )
    assert answer(run("topic", "show", number, "--json")) == listed | {
        "alike": [],
        "questions": [],
        "machine_transcript": "",
    }
    assert run("topic", "show", number).output == f"{number}  to be screened, backed by 0: 村口路灯坏了\n"
    assert answer(run("topic", "screen", number, "--accept", "--json"))["stage"] == "accepted"
    assert answer(run("topic", "list", "--community", "shitan", "--stage", "raised", "--json")) == []
    assert run("topic", "list", "--community", "shitan", "--stage", "raised", LANGUAGE="zh").output == "没有议题。\n"


def test_spoken_topic_is_listed_as_such(run: Run, own_ports: Ports, village: Village) -> None:
    with own_ports.db.work() as tx:
        topics.raise_spoken_topic(tx, village.id, village.people[0], "RE1", 9, at=own_ports.clock.now())
        tx.commit()
    assert "(spoken)" in run("topic", "list", "--community", "shitan").output
    assert answer(run("topic", "list", "--community", "shitan", "--json"))[0]["spoken"] is True


def test_update_is_posted_and_listed(run: Run, number: str) -> None:
    run("topic", "screen", number, "--accept")
    posted = answer(
        run("update", "post", number, "--words", "zh=路灯已修好", "--words", "en=It works", "--stage", "done", "--json")
    )
    assert posted["topic"] == number
    (listed,) = answer(run("update", "list", number, "--json"))
    assert (listed["stage"], listed["words"]) == ("done", {"zh": "路灯已修好", "en": "It works"})
    assert answer(run("topic", "show", number, "--json"))["stage"] == "done"
    assert "路灯已修好 / It works" in run("update", "list", number).output
    assert f"topic {number}" in run("update", "post", number, "--words", "zh=还会再查", "--everyone").output


def _raised(ports: Ports, village: Village, text: str, author: int) -> str:
    with ports.db.work() as tx:
        made = topics.raise_topic(tx, village.id, village.people[author], text, at=ports.clock.now())
        tx.commit()
    return made.number


def test_topic_is_asked_back_titled_merged_and_moved(run: Run, own_ports: Ports, village: Village, number: str) -> None:
    other = _raised(own_ports, village, "村口的路灯不亮了", 1)
    assert answer(run("topic", "show", number, "--json"))["alike"][0]["topic"] == other
    assert "may be the same" in run("topic", "show", number).output
    assert answer(run("topic", "ask-back", number, "--question", "Which lamp?", "--json"))["stage"] == "asked"
    assert answer(run("topic", "title", number, "三组路灯", "--json"))["title"] == "三组路灯"
    assert answer(run("topic", "category", number, "safety", "--json"))["category"] == "safety"
    run("topic", "screen", number, "--accept")
    merged = answer(run("topic", "merge", other, "--into", number, "--json"))
    assert (merged["stage"], merged["merged_into"]) == ("merged", number)
    assert f"part of topic {number}" in run("topic", "show", other).output
    assert answer(run("topic", "agenda", "--community", "shitan", "--json"))[0]["supporters"] == 1
    moved = answer(run("topic", "move", number, "in_progress", "--due", "2001-01-01T00:00", "--json"))
    assert moved["due_at"].startswith("2000-12-31T16:00")
    assert [row["topic"] for row in answer(run("topic", "overdue", "--json"))] == [number]
    assert "was due by 2000-12-31" in run("topic", "overdue", "--community", "shitan").output


def test_question_is_listed_passed_on_and_answered(run: Run, own_ports: Ports, village: Village, number: str) -> None:
    run("topic", "screen", number, "--accept")
    assert run("topic", "questions", "--community", "shitan").output == "No questions.\n"
    with own_ports.db.work() as tx:
        found = views.topic(tx.connection, number)
        assert found
        asked = asking.ask(tx, found.id, village.people[1], "什么时候修?", at=own_ports.clock.now())
        tx.commit()
    assert [row["question"] for row in answer(run("topic", "questions", "--community", "shitan", "--json"))] == [
        asked.id
    ]
    assert "guest" in run("topic", "pass-on", str(asked.id), "--guest", "00002").stderr
    done = answer(run("topic", "answer", str(asked.id), "周五修好", "--json"))
    assert (done["answer"], done["topic"]) == ("周五修好", number)
    assert "answer: 周五修好" in run("topic", "show", number).output
    again = run("topic", "answer", str(asked.id), "下周")
    assert (again.exit_code, "just been answered" in again.stderr) == (1, True)


def test_hot_spots_and_digest_of_a_month(run: Run, own_ports: Ports, village: Village, number: str) -> None:
    _raised(own_ports, village, "村口路灯坏了很久", 1)
    (spot,) = answer(run("topic", "hotspots", "--community", "shitan", "--json"))
    assert (spot["people"], spot["communities"], spot["category"]) == (2, 1, "roads")
    assert "2 people" in run("topic", "hotspots").output
    assert run("topic", "hotspots", "--month", "2001-01").output.startswith("There is nothing")
    told = answer(run("topic", "digest", "--community", "shitan", "--language", "zh", "--json"))
    assert (told["people"], told["hot_spots"][0]["people"]) == (2, 2)
    assert "民意月报" in told["words"]
    assert "2 people raised or backed 2 topics" in run("topic", "digest").output
    bad = run("topic", "digest", "--month", "2026-13")
    assert (bad.exit_code, "2026-11" in bad.stderr) == (1, True)


def test_update_list_is_empty_at_first(run: Run, number: str) -> None:
    assert run("update", "list", number).output == "No updates yet.\n"


def test_inbox_lists_and_takes_off(run: Run, own_ports: Ports, village: Village) -> None:
    kept = _waiting(own_ports, village, "a", own_ports.sealer.seal("儿子的电话换了".encode()))
    empty = _waiting(own_ports, village, "b", None)
    listed = answer(run("inbox", "list", "--community", "shitan", "--json"))
    assert [(row["number"], row["text"], row["code"]) for row in listed] == [
        (kept, "儿子的电话换了", "00000"),
        (empty, "", "00000"),
    ]
    assert f"{empty}  {listed[1]['day']}  resident 00000: -" in run("inbox", "list", "--community", "shitan").output
    assert run("inbox", "answer", str(kept)).output == f"Text {kept} is off the list.\n"
    assert [row["number"] for row in answer(run("inbox", "list", "--community", "shitan", "--json"))] == [empty]
    again = run("inbox", "answer", str(kept))
    assert (again.exit_code, again.stderr.count("\n")) == (1, 1)


def test_message_left_out_of_hours_is_written_to_a_file_for_its_reader(
    run: Run, own_ports: Ports, village: Village, environment: dict[str, str], tmp_path: Path
) -> None:
    number = _waiting(own_ports, village, "a", None)
    file = tmp_path / "message.wav"
    assert "spoken message" in run("inbox", "listen", str(number), str(file)).stderr
    with own_ports.db.work() as tx:
        topics.keep_message(tx, number, "RE1", 9)
        tx.commit()
    assert "not been fetched" in run("inbox", "listen", str(number), str(file)).stderr
    assert not file.exists()
    with own_ports.db.read() as conn:
        message = views.message(conn, number)
    assert message
    folder = Path(environment["DATA_DIR"]) / "recordings"
    carrier = ScriptedCarrier()
    carrier.recordings = {"RE1": wav(tone(3))}
    store_recording(own_ports, message.id, carrier=carrier, folder=folder)
    assert str(file) in run("inbox", "listen", str(number), str(file)).output
    assert file.read_bytes()[:4] == b"RIFF"
    assert file.stat().st_mode & 0o077 == 0


def test_inbox_shows_no_words_once_their_day_is_forgotten(run: Run, own_ports: Ports, village: Village) -> None:
    _waiting(own_ports, village, "a", own_ports.sealer.seal("儿子的电话换了".encode()))
    own_ports.vault.destroy(f"day/{own_ports.clock.now():%Y%m%d}")
    assert answer(run("inbox", "list", "--community", "shitan", "--json"))[0]["text"] == ""


def _waiting(ports: Ports, village: Village, key: str, sealed: str | None) -> int:
    with ports.db.work() as tx:
        claimed = messages.claim(tx, key, InboxKind.TEXT, at=ports.clock.now())
        assert claimed
        messages.settle(
            tx, claimed, state=InboxState.FOR_PERSON, sealed_text=sealed,
            community_id=village.id, resident_id=village.people[0],
        )  # fmt: skip
        tx.commit()
    return claimed


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("topic", "show", "14"), "slip"),
        (("topic", "show", "21"), "no topic"),
        (("topic", "screen", "13", "--decline"), "reason"),
        (("topic", "list", "--community", "nowhere"), "community"),
        (("update", "post", "13", "--words", "zh=好了"), "not accepted yet"),
        (("update", "post", "13", "--words", "好了"), "--words"),
        (("update", "post", "14", "--words", "zh=好了"), "slip"),
        (("update", "list", "21"), "no topic"),
        (("inbox", "list", "--community", "nowhere"), "community"),
        (("inbox", "answer", "99"), "waits"),
    ],
)
def test_refusal_is_one_line_and_status_1(run: Run, number: str, words: tuple[str, ...], sentence: str) -> None:
    assert number == "13"
    result = run(*words)
    assert result.exit_code == 1, result.output
    assert sentence in result.stderr
    assert result.stderr.count("\n") == 1
    assert result.stdout == ""


def test_second_screening_is_refused(run: Run, number: str) -> None:
    run("topic", "screen", number, "--accept")
    result = run("topic", "screen", number, "--decline", "--reason", "no")
    assert (result.exit_code, "screened already" in result.stderr) == (1, True)


@pytest.mark.parametrize(
    "words", [("topic", "screen", "13"), ("topic", "list"), ("update", "post", "13"), ("inbox", "answer", "x")]
)
def test_missing_option_is_a_usage_error(run: Run, words: tuple[str, ...]) -> None:
    assert run(*words).exit_code == 2


@pytest.mark.parametrize("group", GROUPS)
def test_every_command_has_an_example(run: Run, group: str) -> None:
    for name in GROUPS[group].commands:
        assert f"Example: xiangyin {group} {name}" in " ".join(run(group, name, "--help").output.split())
