"""A guest hears the questions put to them and answers aloud; whoever asked hears the answer; invitations by call."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select, update

from gateway.carriers.port import Play
from gateway.kernel.db import metadata
from gateway.kernel.ports import Ports
from gateway.meetings import inviting
from gateway.meetings import views as meetings
from gateway.meetings.model import Reply
from gateway.roll.model import Community
from gateway.topics import actions, asking, views
from gateway.topics.model import Question
from gateway.wording.catalogue import Wording
from tests.conversation.callers import ALONE, ENGLISH, SHARED, Telephone, a_village, flat, resident_id
from tests.meetings.gathering import a_meeting, work
from tests.polls.village import Village

# What is no different on PostgreSQL: the verbs run there in other tests.
on_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@pytest.fixture
def community(ports: Ports) -> Community:
    return a_village(ports)


@pytest.fixture
def question(ports: Ports, wording: Wording, community: Community) -> Question:
    """Li asks about a topic; Anna is a guest, and the question is put to her."""
    li, anna, now = resident_id(ports, community, "10019"), resident_id(ports, community, "30031"), ports.clock.now()
    is_guest(ports, anna)

    def ask(tx: Any) -> Question:
        topic = actions.raise_topic(tx, community.id, li, "村口的路灯不亮", at=now)
        actions.screen(tx, topic.number, True, "", at=now, wording=wording)
        asked = asking.ask(tx, topic.id, li, "什么时候修？我的电话13800138000", at=now)
        return asking.pass_to_guest(tx, asked.id, anna, at=now, wording=wording)

    asked: Question = work(ports, ask)
    return asked


def is_guest(ports: Ports, person: int, **more: Any) -> None:
    table = metadata.tables["resident"]
    work(ports, lambda tx: tx.execute(update(table).where(table.c.id == person).values(is_guest=True, **more)))


def stands(ports: Ports, question: Question) -> Question:
    with ports.db.read() as conn:
        found = views.question(conn, question.id)
    assert found
    return found


def placed(ports: Ports, wording: Wording, caller: Any, kind: str) -> Telephone:
    """The call that was placed for the last broadcast of that kind."""
    tables = metadata.tables
    sent, about = tables["outbox"].c, tables["broadcast"].c
    query = select(sent.id).where(sent.broadcast_id == about.id, about.kind == kind, sent.channel == "call")
    with ports.db.read() as conn:
        attempt = conn.execute(query.order_by(sent.id.desc())).scalars().first()
    return Telephone(ports, wording, caller, attempt=attempt)


def test_guest_hears_the_question_answers_aloud_and_the_asker_hears_it_once(
    ports: Ports, wording: Wording, question: Question
) -> None:
    guest = Telephone(ports, wording, ENGLISH).dial()
    assert "什么时候修" in guest.heard
    assert "13800138000" not in guest.heard
    guest.press("1").speak(9, "RE5")
    assert any(isinstance(step, Play) for step in flat(guest.steps))
    guest.press("2").speak(12, "RE6").press("1")
    assert guest.says("call.guest.noted", "en")
    after = stands(ports, question)
    assert (after.is_spoken, after.by_guest) == (True, True)
    with ports.db.read() as conn:
        kept = views.recording(conn, after.answer_recording_id or 0)
    assert kept
    assert (kept.carrier_recording_id, kept.seconds) == ("RE6", 12)
    asker = Telephone(ports, wording, ALONE, carrier_id="CA2").dial()
    assert asker.says("call.guest.here_is")
    assert any(isinstance(step, Play) for step in flat(asker.steps))
    asker.press("1")
    again = Telephone(ports, wording, ALONE, carrier_id="CA3").dial()
    assert not again.says("call.guest.here_is")
    now = ports.clock.now()
    work(ports, lambda tx: asking.write_down(tx, question.id, "下周修。", at=now, wording=wording))
    assert stands(ports, question).answer == "下周修。"


@on_sqlite
def test_guest_puts_it_off_and_whoever_is_second_is_told(ports: Ports, wording: Wording, question: Question) -> None:
    guest = Telephone(ports, wording, ENGLISH).dial().press("2")
    assert guest.says("call.menu.title", "en")
    later = Telephone(ports, wording, ENGLISH, carrier_id="CA2").dial().press("1").speak(9, "RE5")
    now = ports.clock.now()
    work(ports, lambda tx: asking.answer(tx, question.id, "下周修。", at=now, wording=wording))
    later.press("1")
    assert later.says("call.guest.gone", "en")
    assert stands(ports, question).answer == "下周修。"


def test_same_answer_sent_five_times_at_once_is_one(ports: Ports, wording: Wording, question: Question) -> None:
    guest = Telephone(ports, wording, ENGLISH).dial().press("1").speak(9, "RE5")
    assert len({str(steps) for steps in guest.press_five_times_at_once("1")}) == 1
    recording = metadata.tables["recording"]
    with ports.db.read() as conn:
        assert len(conn.execute(select(recording.c.id)).all()) == 1


@on_sqlite
def test_guest_who_is_called_answers_with_one_key(
    ports: Ports, wording: Wording, community: Community, question: Question
) -> None:
    anna = resident_id(ports, community, "30031")
    is_guest(ports, anna, channel="call")
    now = ports.clock.now()
    work(ports, lambda tx: asking.pass_to_guest(tx, question.id, anna, at=now, wording=wording))
    phone = placed(ports, wording, ENGLISH, "topic_question").dial().press("1")
    assert phone.says("call.outbound.answer_now", "en")
    phone.press("3").speak(9, "RE5").press("1")
    assert stands(ports, question).is_spoken


@on_sqlite
def test_guest_on_a_shared_telephone_gives_the_code_first(
    ports: Ports, wording: Wording, community: Community, question: Question
) -> None:
    wang, now = resident_id(ports, community, "20023"), ports.clock.now()
    is_guest(ports, wang, channel="call")
    work(ports, lambda tx: asking.pass_to_guest(tx, question.id, wang, at=now, wording=wording))
    phone = placed(ports, wording, SHARED, "topic_question").dial().press("1", "3")
    assert phone.says("call.outbound.revoke_household")
    phone.press("20023")
    assert phone.says("call.guest.question")


@on_sqlite
def test_guest_is_invited_to_a_meeting_by_call_and_replies_by_key_in_it(
    ports: Ports, wording: Wording, community: Community
) -> None:
    anna, now = resident_id(ports, community, "30031"), ports.clock.now()
    is_guest(ports, anna, channel="call")
    meeting = a_meeting(ports, Village(community.id, [anna]))
    work(ports, lambda tx: inviting.invite(tx, meeting, [anna], at=now, wording=wording))
    phone = placed(ports, wording, ENGLISH, "meeting").dial().press("1", "1")
    assert "Will you come" in phone.heard or "?" in phone.heard
    phone.press("1")
    with ports.db.read() as conn:
        seat = meetings.seat(conn, meeting, anna)
    assert seat
    assert seat.reply is Reply.YES
