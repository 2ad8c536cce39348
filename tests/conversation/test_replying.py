"""Free words in reply to what we asked: an author asked back, a guest with a question; and merged topics by text."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import update

from gateway.kernel.db import UnitOfWork, metadata
from gateway.kernel.ports import Ports
from gateway.messaging.model import CallbackUrls
from gateway.messaging.sending import send_due
from gateway.roll.model import Community
from gateway.topics import actions, asking, views
from gateway.topics.model import Stage
from gateway.wording.catalogue import Wording
from tests.conversation.callers import ALONE, ENGLISH, a_village
from tests.conversation.texting import Texting, resident, topics_of, waiting
from tests.fakes import ScriptedCarrier


@pytest.fixture
def community(ports: Ports) -> Community:
    return a_village(ports)


@pytest.fixture
def li(ports: Ports, wording: Wording, community: Community) -> Texting:
    return Texting(ports, wording, ALONE)


@pytest.fixture
def anna(ports: Ports, wording: Wording, community: Community) -> Texting:
    return Texting(ports, wording, ENGLISH)


def work(ports: Ports, act: Callable[[UnitOfWork], Any]) -> Any:
    with ports.db.work() as tx:
        done = act(tx)
        tx.commit()
    urls = CallbackUrls("https://x")
    send_due(ports, carrier=ScriptedCarrier(), urls=urls, queue="bulk", call_prefixes=["+86"])
    return done


def test_author_answers_what_was_asked_back(ports: Ports, wording: Wording, community: Community, li: Texting) -> None:
    li.text("议题 路灯坏了")
    (topic,) = topics_of(ports, community)
    now = ports.clock.now()
    work(ports, lambda tx: actions.ask_back(tx, topic.number, "哪一盏灯?", at=now, wording=wording))
    assert li.text("小学门口那一盏,晚上全黑") == li.says("asked.noted", topic=topic.number)
    (after,) = topics_of(ports, community)
    assert (after.stage, after.text) == (Stage.RAISED, "路灯坏了 / 小学门口那一盏,晚上全黑")
    # What comes next is nothing that was asked for.
    assert "新议题" in li.text("还有学校旁边的桥也坏了")


def test_command_after_being_asked_back_stays_a_command(
    ports: Ports, wording: Wording, community: Community, li: Texting
) -> None:
    li.text("议题 路灯坏了")
    (topic,) = topics_of(ports, community)
    now = ports.clock.now()
    work(ports, lambda tx: actions.ask_back(tx, topic.number, "哪一盏灯?", at=now, wording=wording))
    assert "想请您先补充几句" in li.text(f"查{topic.number}")
    assert topics_of(ports, community)[0].stage is Stage.ASKED


def test_guest_answers_a_question_by_text(ports: Ports, wording: Wording, community: Community, li: Texting) -> None:
    li.text("议题 路灯坏了")
    (topic,) = topics_of(ports, community)
    now = ports.clock.now()
    work(ports, lambda tx: actions.screen(tx, topic.number, True, "", at=now, wording=wording))
    assert li.text(f"问{topic.number} 什么时候修?") == li.says("question.passed_on", topic=topic.number)
    assert len(waiting(ports, community)) == 1
    guest = resident(ports, community, "30031")
    table = metadata.tables["resident"]
    work(ports, lambda tx: tx.execute(update(table).where(table.c.id == guest.id).values(is_guest=True)))
    with ports.db.read() as conn:
        (question,) = views.waiting_questions(conn, community.id)
    work(ports, lambda tx: asking.pass_to_guest(tx, question.id, guest.id, at=now, wording=wording))
    anna = Texting(ports, wording, ENGLISH)
    assert anna.text("The lamp is ordered and comes on Friday") == anna.says("answering.noted", "en")
    assert anna.text("It really comes on Friday") == anna.says("answering.answered", "en")
    with ports.db.read() as conn:
        (answered,) = views.questions(conn, topic.id)
    assert (answered.answer, answered.by_guest) == ("The lamp is ordered and comes on Friday", True)


def test_merged_topic_tells_where_it_went(
    ports: Ports, wording: Wording, community: Community, li: Texting, anna: Texting
) -> None:
    li.text("议题 路灯坏了")
    anna.text("TOPIC the street light is broken")
    first, second = topics_of(ports, community)
    now = ports.clock.now()
    work(ports, lambda tx: actions.screen(tx, first.number, True, "", at=now, wording=wording))
    work(ports, lambda tx: actions.merge(tx, second.number, first.number, at=now, wording=wording))
    merged = anna.says("status.merged", "en", number=second.number, topic=first.number, supporters=1, stage="accepted")
    # The digits of the record follow.
    assert anna.text(f"STATUS {second.number}").startswith(f"{merged}\nPublic record of ")
    assert li.text(f"附议 {second.number}") == li.says("support.already", topic=second.number)
