"""Forgetting as an operator types it: `roll erase`, `retention`, `db compact`."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from gateway.kernel.ports import Ports
from gateway.record import views as record
from gateway.roll import actions as roll
from gateway.roll.model import ChangeKind
from gateway.topics import actions as topics
from tests.cli.commands import Run, answer
from tests.meetings.gathering import work
from tests.polls.village import Village, a_village

# The commands are the same on either database; what they forget is tested on both in tests/erasure.
pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
WORDS = "桥头第三家的狗整夜叫"


@pytest.fixture
def village(own_ports: Ports) -> Village:
    return a_village(own_ports, 3)


@pytest.fixture
def topic(own_ports: Ports, village: Village) -> str:
    """Raised by the first person."""
    now = own_ports.clock.now()
    return str(work(own_ports, lambda tx: topics.raise_topic(tx, village.id, village.people[0], WORDS, at=now)).number)


def code_of(run: Run) -> str:
    [first, *_] = answer(run("roll", "list", "--community", "shitan", "--json"))
    return str(first["code"])


def test_erase_says_first_what_goes_and_then_leaves_nothing_in_the_files(
    run: Run, own_ports: Ports, topic: str, tmp_path: Path
) -> None:
    code = code_of(run)
    meant = ("roll", "erase", code, "--community", "shitan", "--reason", "asked for it in writing")
    assert answer(run(*meant, "--dry-run", "--json"))["topics"] == 1
    assert "Would be erased" in run(*meant, "--dry-run").stdout
    assert answer(run("topic", "show", topic, "--json"))["text"] == WORDS
    assert answer(run(*meant, "--json"))["dry_run"] is False
    assert code not in {one["code"] for one in answer(run("roll", "list", "--community", "shitan", "--json"))}
    with own_ports.db.read() as conn:
        assert "roll.erased" in {one.kind for one in record.entries(conn)}
    own_ports.db.engine.dispose()
    assert answer(run("db", "compact", "--json")) == {"compacted": True}
    left = [file.name for file in tmp_path.glob("xiangyin.db*") if WORDS.encode() in file.read_bytes()]
    assert left == []
    unknown = run("roll", "erase", "99999", "--community", "shitan", "--reason", "x")
    assert (unknown.exit_code, unknown.stderr.count("\n")) == (1, 1)


def test_retention_says_what_is_past_its_time_and_forgets_it(run: Run, own_ports: Ports, village: Village) -> None:
    then, someone = own_ports.clock.now() - timedelta(days=1200), village.people[0]
    why = {"resident_id": someone, "reason": "moved away", "by": "clerk", "at": then}
    work(own_ports, lambda tx: roll.note_change(tx, village.id, ChangeKind.CHANGE, **why))
    before = answer(run("retention", "preview", "--json"))
    assert before["reasons"] == 1
    assert "1 reasons" in run("retention", "preview").stdout
    assert answer(run("retention", "apply", "--json"))["reasons"] == 1
    assert answer(run("retention", "preview", "--json"))["reasons"] == 0
    assert answer(run("retention", "preview", "--json", REASON_DAYS="30"))["days"]["reasons"] == 30
