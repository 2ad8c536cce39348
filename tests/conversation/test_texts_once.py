"""A text has its effect once, whatever the carrier repeats; a bug of ours loses nothing; a vote leaves no trace."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator
from dataclasses import replace

import pytest
from sqlalchemy.exc import OperationalError

from gateway.conversation.acts import topics as topic_acts
from gateway.conversation.answers import Answer, Turn
from gateway.conversation.texts import receive_text
from gateway.kernel.db import Database
from gateway.kernel.logs import RedactingFormatter
from gateway.kernel.ports import Ports
from gateway.kernel.sealing import DaySealer
from gateway.messaging.model import InboxState
from gateway.polls import views as polls
from gateway.roll.model import Community
from gateway.wording.catalogue import Wording
from tests.conversation.callers import ALONE, CODES, SHARED, a_poll, a_village
from tests.conversation.texting import Texting, everything, rows, topics_of, waiting_words

CANARY = "金丝雀鸣于青石板"


@pytest.fixture
def community(ports: Ports) -> Community:
    return a_village(ports)


@pytest.fixture
def li(ports: Ports, wording: Wording, community: Community) -> Texting:
    return Texting(ports, wording, ALONE)


@pytest.fixture
def log_lines() -> Iterator[io.StringIO]:
    """What the product would write to its log."""
    written = io.StringIO()
    handler = logging.StreamHandler(written)
    handler.setFormatter(RedactingFormatter("{asctime}{levelname}{name}{message}", style="{"))
    logging.getLogger().addHandler(handler)
    yield written
    logging.getLogger().removeHandler(handler)


def broken(wording: Wording, key: str) -> Wording:
    """A catalogue in which one sentence asks for a value that nobody gives."""
    return Wording({code: {**words, key: "{missing}"} for code, words in wording.sentences.items()})


@pytest.mark.parametrize("text", ["议题 村口路灯坏了", "投{poll} 1", "附议 13", "退订", "村口路灯坏了三天了"])
def test_same_text_five_times_at_once_has_one_effect(
    ports: Ports, community: Community, li: Texting, text: str
) -> None:
    number = a_poll(ports, community)
    answers = li.send_five_times_at_once(text.format(poll=number))
    assert answers[0]
    assert answers == [answers[0]] * 5
    assert len(rows(ports, "inbox")) == 1
    assert len(topics_of(ports, community)) == ("议题" in text)
    with ports.db.read() as conn:
        assert polls.turnout(conn, number).participants == ("投" in text)


def test_repeat_gets_the_first_answer_even_when_the_world_has_moved_on(
    ports: Ports, community: Community, li: Texting
) -> None:
    number = a_poll(ports, community)
    incoming = li.compose(f"投{number} 1")
    first = li.send(incoming)
    li.text("退订")
    assert li.send(incoming) == first
    assert li.send(replace(incoming, body="投1 2")) == first


def test_same_words_sent_twice_are_two_texts(ports: Ports, community: Community, li: Texting) -> None:
    li.text("议题 村口路灯坏了")
    li.text("议题 村口路灯坏了")
    assert len(topics_of(ports, community)) == 2


def test_bug_while_acting_leaves_the_text_to_a_person(
    ports: Ports, wording: Wording, community: Community, log_lines: io.StringIO
) -> None:
    phone = Texting(ports, broken(wording, "text.topic.received"), ALONE)
    assert phone.text(f"议题 {CANARY}") == phone.says("trouble")
    assert topics_of(ports, community) == []
    assert rows(ports, "record_entry") == []
    (row,) = rows(ports, "inbox")
    assert row["state"] == InboxState.FOR_PERSON
    assert waiting_words(ports, community) == [f"议题 {CANARY}"]
    line = json.loads(log_lines.getvalue())
    assert (line["levelname"], line["inbox"]) == ("ERROR", row["id"])
    assert "KeyError" in line["exc_info"]
    assert CANARY not in log_lines.getvalue()
    assert ALONE.e164[1:6] not in log_lines.getvalue()


def test_bug_while_voting_keeps_neither_text_nor_vote(
    ports: Ports, wording: Wording, community: Community, log_lines: io.StringIO
) -> None:
    number = a_poll(ports, community)
    phone = Texting(ports, broken(wording, "text.vote.counted"), ALONE)
    incoming = phone.compose(f"投{number} 1")
    first = phone.send(incoming)
    assert first == [phone.says("trouble")]
    assert phone.send(incoming) == first
    assert waiting_words(ports, community) == [None]
    with ports.db.read() as conn:
        assert polls.turnout(conn, number).participants == 0
    assert f"投{number}" not in log_lines.getvalue()


def test_bug_of_one_act_leaves_the_others_alone(
    ports: Ports, wording: Wording, community: Community, li: Texting
) -> None:
    phone = Texting(ports, broken(wording, "text.topic.received"), ALONE)
    phone.text("议题 村口路灯坏了")
    assert phone.text("?") == phone.says("help")


def test_database_that_fails_passes_up(ports: Ports, wording: Wording, community: Community, tmp_path: object) -> None:
    """The hook answers 503 then, and the carrier tries again."""
    from gateway.kernel.db import open_engine
    from tests.fakes import RecordingQueue

    empty = Database(open_engine(f"sqlite:///{tmp_path}/nowhere/none.db"), RecordingQueue())
    phone = Texting(replace(ports, db=empty), wording, ALONE)
    with pytest.raises(OperationalError):
        phone.send(phone.compose("议题 村口路灯坏了"))
    empty.engine.dispose()


def test_answer_whose_day_is_forgotten_is_not_repeated(ports: Ports, community: Community, li: Texting) -> None:
    incoming = li.compose("议题 村口路灯坏了")
    li.send(incoming)
    ports.vault.destroy(f"day/{ports.clock.now():%Y%m%d}")
    forgetful = replace(ports, sealer=DaySealer(ports.vault, ports.clock))
    assert receive_text(incoming, ports=forgetful, wording=li.wording, carrier_name="simulator") == []
    assert len(topics_of(ports, community)) == 1


def test_votes_leave_no_text_and_no_choice_in_any_row(ports: Ports, wording: Wording, community: Community) -> None:
    road = a_poll(ports, community)
    what = a_poll(ports, community, options=("修路", "打井"))
    before = everything(ports)
    phone = Texting(ports, wording, SHARED)
    said = [
        f"#{CODES[0]} 投{road} 赞成",
        f"#{CODES[1]} 投{road} 反对",
        f"#{CODES[2]} 投{road} 弃权",
        f"#{CODES[0]} 投{what} 2",
        f"#{CODES[1]} {CANARY}",
        f"#{CODES[1]} {CANARY}{CANARY}",
        f"{CANARY}",
    ]
    answers = [phone.text(text) for text in said]
    assert sum("已收到您的选票" in answer for answer in answers) == 4
    after = everything(ports)
    changed = [value for name in after for row in after[name] if row not in before[name] for value in row.values()]
    assert changed
    written = [value.decode("latin-1") if isinstance(value, bytes) else str(value) for value in changed]
    for text in (*said, CANARY, "赞成", "反对", "弃权"):
        assert not any(text in value for value in written), text
    assert not {"yes", "no", "abstain", "2"} & {value for value in changed if isinstance(value, str)}
    # Inbound rows name nobody unless a person has to answer them.
    assert {row["resident_id"] for row in after["inbox"] if row["state"] == "done"} == {None}


def test_ballot_texts_are_emptied_at_the_carrier_and_others_not(
    ports: Ports, community: Community, li: Texting
) -> None:
    number = a_poll(ports, community)
    li.text(f"投{number} 1")
    li.text("议题 村口路灯坏了")
    assert [row["carrier_id"] for row in rows(ports, "redaction")] == ["SM+86138000000011"]


def test_nothing_of_a_text_shows_in_reprs() -> None:
    answer = Answer((CANARY,), read=CANARY)
    assert CANARY not in repr(answer)
    assert "text" not in Turn.__dataclass_fields__ or not Turn.__dataclass_fields__["text"].repr
    assert topic_acts.topic.__doc__
