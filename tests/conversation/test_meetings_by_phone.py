"""A meeting from a basic phone: yes or no to the invitation by text and by key, a statement by text."""

from __future__ import annotations

from datetime import timedelta

import pytest

from gateway.kernel.phones import PhoneNumber
from gateway.kernel.ports import Ports
from gateway.meetings import actions, inviting, telling, views
from gateway.meetings.model import MeetingDraft, Reply
from gateway.messaging.model import CallbackUrls
from gateway.messaging.sending import send_due
from gateway.roll.model import Community
from gateway.wording.catalogue import Wording
from tests.conversation.callers import ALONE, CODES, ENGLISH, SHARED, Telephone, a_village, resident_id
from tests.conversation.texting import Texting
from tests.fakes import ScriptedCarrier, StillClock
from tests.meetings.gathering import stands, work


@pytest.fixture
def community(ports: Ports) -> Community:
    return a_village(ports)


@pytest.fixture
def meeting(ports: Ports, clock: StillClock, wording: Wording, community: Community) -> int:
    """A meeting in two days to which everybody is invited, the invitation being the last text."""
    draft = MeetingDraft(community.id, "村口的桥怎样修", "祠堂", clock.at + timedelta(days=2))
    number: int = work(ports, lambda tx: actions.plan_meeting(tx, draft, at=clock.at))
    work(ports, lambda tx: inviting.invite(tx, number, at=clock.at, wording=wording, everyone=True))
    send_due(ports, carrier=ScriptedCarrier(), urls=CallbackUrls("https://x"), queue="bulk", call_prefixes=["+86"])
    return number


@pytest.fixture
def li(ports: Ports, wording: Wording) -> Texting:
    return Texting(ports, wording, ALONE)


def reply_of(ports: Ports, meeting: int, community: Community, code: str) -> Reply:
    with ports.db.read() as conn:
        seat = views.seat(conn, meeting, resident_id(ports, community, code))
    assert seat
    return seat.reply


def says(ports: Ports, meeting: int, key: str, language: str, wording: Wording) -> str:
    with ports.db.read() as conn:
        return telling.say(conn, views.meeting(conn, meeting), key, language, wording=wording)


def test_reply_by_text_and_the_last_word_counts(
    ports: Ports, clock: StillClock, wording: Wording, community: Community, meeting: int, li: Texting
) -> None:
    assert li.text("1") == says(ports, meeting, "reply.yes", "zh", wording)
    assert reply_of(ports, meeting, community, "10019") is Reply.YES
    assert li.text("2") == says(ports, meeting, "reply.no", "zh", wording)
    assert reply_of(ports, meeting, community, "10019") is Reply.NO
    clock.advance(days=3)
    assert li.text("1") == says(ports, meeting, "reply.late", "zh", wording)
    assert reply_of(ports, meeting, community, "10019") is Reply.NO


def test_mine_asks_again_and_takes_the_answer(
    ports: Ports, wording: Wording, community: Community, meeting: int
) -> None:
    anna = Texting(ports, wording, ENGLISH)
    anna.text("HELP")
    assert says(ports, meeting, "again", "en", wording) in anna.text("MINE")
    assert anna.text("yes") == says(ports, meeting, "reply.yes", "en", wording)
    assert reply_of(ports, meeting, community, "30031") is Reply.YES


def test_statement_by_text_is_kept_for_the_record(
    ports: Ports, wording: Wording, community: Community, meeting: int, li: Texting
) -> None:
    def said(key: str, **values: str | int) -> str:
        return wording.say(f"meeting_news.said.{key}", "zh", village="石滩村", **values)

    title = stands(ports, meeting).title
    assert li.text(f"发言{meeting} 先修我家门口") == said("taken", meeting=meeting, title=title)
    assert li.text("发言77 先修我家门口") == said("unknown", meeting="77")
    assert li.text("发言123456789012 先修我家门口") == said("unknown", meeting="123456789012")
    assert li.text(f"发言{meeting} " + "长" * 501) == said("statement_wrong", most=500)
    work(ports, lambda tx: actions.cancel_meeting(tx, meeting, at=ports.clock.now(), wording=wording))
    assert li.text(f"发言{meeting} 先修我家门口") == said("over", meeting=meeting)
    with ports.db.read() as conn:
        [kept] = views.statements(conn, meeting)
    assert (kept.words, kept.resident_id) == ("先修我家门口", resident_id(ports, community, "10019"))


@pytest.mark.parametrize(
    ("caller", "code", "key", "reply"),
    [(ALONE, "10019", "1", Reply.YES), (SHARED, CODES[1], "2", Reply.NO), (ENGLISH, "30031", "3", Reply.NONE)],
)
def test_reply_by_key(
    ports: Ports,
    wording: Wording,
    community: Community,
    meeting: int,
    caller: PhoneNumber,
    code: str,
    key: str,
    reply: Reply,
) -> None:
    phone = Telephone(ports, wording, caller).dial()
    if caller is SHARED:
        phone.press(code)
    question = says(ports, meeting, "asked.question", "en" if caller is ENGLISH else "zh", wording)
    assert question in phone.heard
    phone.press(key)
    assert question not in phone.heard
    assert reply_of(ports, meeting, community, code) is reply


def test_reply_by_key_comes_too_late(
    ports: Ports, clock: StillClock, wording: Wording, community: Community, meeting: int
) -> None:
    phone = Telephone(ports, wording, ALONE).dial()
    clock.advance(days=2)
    assert phone.press("1").says("call.asked.gone")
    assert reply_of(ports, meeting, community, "10019") is Reply.NONE
