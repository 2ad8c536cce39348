"""A helper acts by text; the person revokes by text with 2 and by call with key 2. Nobody votes for another."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from gateway.behalf import actions, helping, views
from gateway.behalf.model import Actor, State
from gateway.kernel.db import metadata
from gateway.kernel.ports import Ports
from gateway.messaging.model import CallbackUrls
from gateway.messaging.sending import send_due
from gateway.polls import views as polls
from gateway.roll.model import Community
from gateway.topics.model import Stage
from gateway.wording.catalogue import Wording
from tests.conversation.callers import ALONE, ENGLISH, SHARED, Telephone, a_poll, a_village, resident_id
from tests.conversation.texting import Texting, topics_of, waiting
from tests.fakes import ScriptedCarrier
from tests.meetings.gathering import work

URLS = CallbackUrls("https://x")
DESK = Actor("王会计", "在村委会说的")


# What is no different on PostgreSQL: the verbs run there in other tests.
on_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@pytest.fixture
def community(ports: Ports) -> Community:
    return a_village(ports)


@pytest.fixture
def li(ports: Ports, wording: Wording, community: Community) -> Texting:
    return Texting(ports, wording, ALONE)


@pytest.fixture
def anna(ports: Ports, wording: Wording, community: Community) -> Texting:
    return Texting(ports, wording, ENGLISH)


def send(ports: Ports) -> list[Any]:
    carrier = ScriptedCarrier()
    for queue in ("urgent", "bulk"):
        send_due(ports, carrier=carrier, urls=URLS, queue=queue, call_prefixes=["+86"])
    return carrier.sent


def entered_for(ports: Ports, community: Community, wording: Wording, code: str = "10019") -> int:
    """A topic that the desk enters for that person."""
    person, now = resident_id(ports, community, code), ports.clock.now()
    done = work(ports, lambda tx: actions.enter_topic(tx, person, "路灯坏了", DESK, at=now, wording=wording))
    key: int = done.id
    return key


def state_of(ports: Ports, entered_id: int) -> State:
    with ports.db.read() as conn:
        found = views.entered(conn, entered_id)
    assert found
    return found.state


def helper(ports: Ports, community: Community, wording: Wording) -> None:
    """Anna may act for Li."""
    person, other = resident_id(ports, community, "10019"), resident_id(ports, community, "30031")
    now = ports.clock.now()
    work(ports, lambda tx: helping.allow(tx, person, other, by="王会计", reason="本人同意", at=now, wording=wording))
    send(ports)


def test_two_revokes_what_was_entered_and_one_leaves_it(
    ports: Ports, wording: Wording, community: Community, li: Texting
) -> None:
    first = entered_for(ports, community, wording)
    assert [item.body for item in send(ports)] == [
        "【石滩村】村里工作人员王会计替您提了议题13：路灯坏了。不是您的意思，一天之内请回2撤销。"
    ]
    assert "已撤销" in li.text("2")
    assert (state_of(ports, first), topics_of(ports, community)[0].stage) == (State.REVOKED, Stage.WITHDRAWN)
    assert "已撤回" in li.text("查13")
    second = entered_for(ports, community, wording)
    send(ports)
    assert "照这样办" in li.text("1")
    assert state_of(ports, second) is State.CONFIRMED


@on_sqlite
def test_revoking_on_a_shared_telephone_needs_the_code(ports: Ports, wording: Wording, community: Community) -> None:
    entered = entered_for(ports, community, wording, "20023")
    send(ports)
    shared = Texting(ports, wording, SHARED)
    shared.text("2")
    shared.text("#20038 2")
    assert state_of(ports, entered) is State.ENTERED
    assert "已撤销" in shared.text("#20023 2")


@on_sqlite
def test_mine_asks_again_about_what_was_entered(
    ports: Ports, wording: Wording, community: Community, li: Texting
) -> None:
    entered = entered_for(ports, community, wording)
    assert "一天之内请回2撤销" in li.text("我的")
    assert "已撤销" in li.text("2")
    assert state_of(ports, entered) is State.REVOKED


@on_sqlite
def test_what_cannot_be_undone_goes_to_a_person(
    ports: Ports, wording: Wording, community: Community, li: Texting, anna: Texting
) -> None:
    entered_for(ports, community, wording)
    send(ports)
    anna.text("SUPPORT 13")
    assert "已有别人附议" in li.text("2")
    assert len(waiting(ports, community)) == 1
    assert topics_of(ports, community)[0].stage is Stage.RAISED


def test_helper_raises_backs_and_asks_by_text_and_the_person_is_told(
    ports: Ports, wording: Wording, community: Community, li: Texting, anna: Texting
) -> None:
    helper(ports, community, wording)
    assert anna.text("FOR 10019 TOPIC the street light is broken") == (
        "石滩村: for 李桂兰 you raised topic 13 (the street light is brok...). They are told and can undo it within a day."
    )
    (topic,) = topics_of(ports, community)
    assert topic.author_id == resident_id(ports, community, "10019")
    assert topic.text == "the street light is broken"
    assert "Anna替您提了议题13" in send(ports)[-1].body
    assert "asked about topic 13" in anna.text("for 10019 ask 13 when is it mended?")
    assert "已撤销" in (send(ports) and li.text("2"))


@on_sqlite
@pytest.mark.parametrize("text", ["代10019 投1 赞成", "代10019 赞成", "FOR 10019 VOTE 1 1", "替10019 1"])
def test_nobody_votes_for_another(
    ports: Ports, wording: Wording, community: Community, anna: Texting, text: str
) -> None:
    poll = a_poll(ports, community)
    helper(ports, community, wording)
    answer = anna.text(text)
    assert "receipt" not in answer.lower()
    people = [resident_id(ports, community, code) for code in ("10019", "30031")]
    with ports.db.read() as conn:
        assert not any(polls.has_voted(conn, poll, person) for person in people)


@on_sqlite
def test_whoever_is_not_registered_does_nothing_and_learns_nothing(
    ports: Ports, wording: Wording, community: Community, li: Texting
) -> None:
    known, unknown = li.text("代30031 议题 路灯坏了"), li.text("代30049 议题 路灯坏了")
    assert known.replace("30031", "30049") == unknown
    assert "没有登记" in known
    assert topics_of(ports, community) == []


@on_sqlite
def test_words_that_only_look_like_it_are_read_as_ever(li: Texting) -> None:
    assert "没有登记" not in li.text("帮1000块钱买的灯坏了，村里管不管")
    assert "编号" in li.text("议题 代10019的路灯坏了")


def called(ports: Ports, wording: Wording, community: Community, code: str = "10019") -> tuple[int, Telephone]:
    """The desk has entered something for somebody who is told by call; the telephone that rings."""
    table = metadata.tables["resident"]
    person = resident_id(ports, community, code)
    work(ports, lambda tx: tx.execute(table.update().where(table.c.id == person).values(channel="call")))
    entered = entered_for(ports, community, wording, code)
    with ports.db.read() as conn:
        attempt = conn.execute(select(metadata.tables["outbox"].c.id)).scalar_one()
    return entered, Telephone(ports, wording, ALONE if code == "10019" else SHARED, attempt=attempt)


def test_key_two_revokes_what_was_told_by_call(ports: Ports, wording: Wording, community: Community) -> None:
    entered, phone = called(ports, wording, community)
    phone.dial().press("1")
    assert "王会计替您提了议题1, 3：路灯坏了" in phone.heard
    phone.press("2")
    assert phone.says("call.outbound.revoked")
    assert state_of(ports, entered) is State.REVOKED


@on_sqlite
def test_key_one_hears_it_and_leaves_it(ports: Ports, wording: Wording, community: Community) -> None:
    entered, phone = called(ports, wording, community)
    phone.dial().press("1", "1")
    assert phone.says("call.outbound.thanks")
    assert state_of(ports, entered) is State.ENTERED


@on_sqlite
def test_key_two_on_a_shared_telephone_asks_for_the_code(ports: Ports, wording: Wording, community: Community) -> None:
    entered, phone = called(ports, wording, community, "20023")
    phone.dial().press("1", "2")
    assert state_of(ports, entered) is State.ENTERED
    phone.press("20023")
    assert "是您的意思吗" in phone.heard
    phone.press("2")
    assert state_of(ports, entered) is State.REVOKED


@on_sqlite
def test_whoever_calls_is_asked_about_what_was_entered(ports: Ports, wording: Wording, community: Community) -> None:
    entered = entered_for(ports, community, wording)
    phone = Telephone(ports, wording, ALONE).dial()
    assert "王会计替您提了议题1, 3：路灯坏了" in phone.heard
    phone.press("2")
    assert state_of(ports, entered) is State.REVOKED
