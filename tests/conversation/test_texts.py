"""Every intent by text, against real rows: what changes and what is answered."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from gateway.followup.actions import post_update
from gateway.kernel.phones import PhoneNumber
from gateway.kernel.ports import Ports
from gateway.messaging import actions as messaging
from gateway.messaging import views as messaging_views
from gateway.messaging.model import BroadcastDraft, CallbackUrls
from gateway.messaging.segments import count_segments
from gateway.messaging.sending import send_due
from gateway.polls import actions as poll_actions
from gateway.polls import views as polls
from gateway.polls.closing import close_poll
from gateway.polls.inviting import ask_for_votes
from gateway.polls.model import Method
from gateway.roll import views as roll
from gateway.roll.model import Community, StopKind
from gateway.topics import actions as topic_actions
from gateway.topics.model import Stage
from gateway.wording.catalogue import Wording
from tests.conversation.callers import ALONE, CODES, ENGLISH, SHARED, UNKNOWN, a_poll, a_village
from tests.conversation.texting import (
    Texting,
    everything,
    resident,
    rows,
    topics_of,
    waiting,
    waiting_words,
)
from tests.fakes import ScriptedCarrier, StillClock
from tests.polls.village import even_few_are_published

Phone = Callable[[PhoneNumber | None], Texting]


@pytest.fixture
def community(ports: Ports) -> Community:
    return a_village(ports)


@pytest.fixture
def phone(ports: Ports, wording: Wording, community: Community) -> Phone:
    return lambda number: Texting(ports, wording, number)


@pytest.fixture
def li(phone: Phone) -> Texting:
    return phone(ALONE)


@pytest.fixture
def wangs(phone: Phone) -> Texting:
    """The telephone that three people share."""
    return phone(SHARED)


@pytest.fixture
def anna(phone: Phone) -> Texting:
    return phone(ENGLISH)


# --- topics ------------------------------------------------------------------------------------------------------


def test_topic_is_raised_and_gets_its_number(ports: Ports, community: Community, li: Texting, anna: Texting) -> None:
    answers = [li.text("议题：村口路灯坏了"), anna.text("TOPIC The well is dry")]
    first, second = topics_of(ports, community)
    assert (first.text, second.text) == ("村口路灯坏了", "The well is dry")
    assert first.author_id == resident(ports, community, "10019").id
    assert answers == [
        li.says("topic.received", topic=first.number),
        anna.says("topic.received", "en", topic=second.number),
    ]


@pytest.mark.parametrize(
    ("text", "key"), [("议题 坏", "topic.topic_too_short"), ("议题 " + "坏" * 501, "topic.topic_too_long")]
)
def test_topic_too_short_or_too_long_is_refused(
    ports: Ports, community: Community, li: Texting, text: str, key: str
) -> None:
    assert li.text(text) == li.says(key, most=500)
    assert topics_of(ports, community) == []


def test_support_counts_once_for_each_person(ports: Ports, community: Community, li: Texting, anna: Texting) -> None:
    li.text("议题 村口路灯坏了")
    number = topics_of(ports, community)[0].number
    assert anna.text(f"SUPPORT {number}") == anna.says("support.counted", "en", topic=number)
    assert anna.text(f"support {number}") == anna.says("support.already", "en", topic=number)
    assert li.text(f"附议{number}") == li.says("support.already", topic=number)
    assert topics_of(ports, community)[0].supporters == 1


def test_slip_in_a_number_is_told_from_an_unknown_topic(li: Texting) -> None:
    assert li.text("附议 14") == li.says("topic.slip", topic="14")
    assert li.text("附议 13") == li.says("topic.unknown", topic="13")
    assert li.text("查99") == li.says("topic.slip", topic="99")


def test_status_tells_stage_support_and_latest_news(
    ports: Ports, community: Community, wording: Wording, li: Texting, anna: Texting
) -> None:
    li.text("议题 村口路灯坏了")
    topic = topics_of(ports, community)[0]
    assert "等待审核" in li.text(f"查{topic.number}")
    now = ports.clock.now()
    with ports.db.work() as tx:
        topic_actions.screen(tx, topic.number, True, "", at=now, wording=wording)
        post_update(
            tx, topic.id, {"zh": "灯已修好", "en": "The light works"}, stage=Stage.DONE, at=now, wording=wording
        )
        tx.commit()
    told = li.says("status.updated", topic=topic.number, stage="已办好", words="灯已修好")
    assert li.text(f"查{topic.number}").startswith(f"{told}\n公开记录2026年11月24日：")
    assert "The light works" in anna.text(f"STATUS {topic.number}")


def test_digits_of_the_record_come_in_a_text_of_their_own_where_the_answer_has_no_room(
    ports: Ports, community: Community, wording: Wording, li: Texting, anna: Texting
) -> None:
    li.text("议题 村口路灯坏了")
    topic, now = topics_of(ports, community)[0], ports.clock.now()
    news = {"zh": "新" * 90, "en": "work " * 31}
    with ports.db.work() as tx:
        topic_actions.screen(tx, topic.number, True, "", at=now, wording=wording)
        post_update(tx, topic.id, news, stage=Stage.IN_PROGRESS, at=now, wording=wording)
        tx.commit()
    for caller, ask, begins in ((li, "查", "公开记录2026年11月24日："), (anna, "STATUS ", "Public record of ")):
        said = caller.send(caller.compose(f"{ask}{topic.number}"))
        assert [one.startswith(begins) for one in said] == [False, True]
        assert count_segments(said[1]).segments == 1


def test_declined_topic_cannot_be_backed(
    ports: Ports, community: Community, wording: Wording, li: Texting, anna: Texting
) -> None:
    li.text("议题 隔壁的狗太吵")
    number = topics_of(ports, community)[0].number
    with ports.db.work() as tx:
        topic_actions.screen(tx, number, False, "邻里之间的事", at=ports.clock.now(), wording=wording)
        tx.commit()
    assert anna.text(f"SUPPORT {number}") == anna.says("topic.declined", "en", topic=number)
    assert "没有列入" in li.text(f"查{number}")


def test_question_and_remarks_go_to_a_person(ports: Ports, community: Community, li: Texting) -> None:
    li.text("议题 村口路灯坏了")
    number = topics_of(ports, community)[0].number
    assert li.text(f"问{number} 什么时候修?") == li.says("question.passed_on", topic=number)
    assert li.text(f"评{number} 满意") == li.says("remark.passed_on", number=number)
    assert waiting_words(ports, community) == [f"问{number} 什么时候修?", f"评{number} 满意"]
    assert {text.resident_id for text in waiting(ports, community)} == {resident(ports, community, "10019").id}


# --- votes -------------------------------------------------------------------------------------------------------


def test_vote_vote_again_and_abstention_are_answered_alike(ports: Ports, community: Community, li: Texting) -> None:
    number = a_poll(ports, community)
    answers = [li.text(text) for text in ("赞成", f"投{number} 2", f"表决{number} 弃权", f"{number}号投1")]
    assert len(set(answers)) == 1
    with ports.db.read() as conn:
        assert polls.turnout(conn, number).participants == 1
    assert not any(word in answers[0].partition("表决")[2] for word in ("赞成", "反对", "弃权"))


def test_last_vote_counts(ports: Ports, community: Community, wording: Wording, li: Texting, anna: Texting) -> None:
    number = a_poll(ports, community)
    li.text(f"投{number} 1")
    answer = li.text(f"投{number} 2")
    anna.text(f"VOTE {number} 1")
    with even_few_are_published():
        result = close_poll(number, ports=ports, wording=wording)
    assert result.counts == {"yes": 1, "no": 1, "abstain": 0}
    receipt = answer.partition("回执：")[2].partition("。")[0]
    with ports.db.read() as conn:
        assert polls.receipt_counted(conn, number, receipt)


def test_vote_in_a_closed_poll_is_not_recorded(
    ports: Ports, community: Community, clock: StillClock, wording: Wording, li: Texting
) -> None:
    number = a_poll(ports, community)
    clock.advance(days=8)
    assert li.text(f"投{number} 1") == li.says("vote.not_open", poll=number)
    with even_few_are_published():
        close_poll(number, ports=ports, wording=wording)
    assert li.text(f"投{number} 1") == li.says("vote.not_open", poll=number)
    with ports.db.read() as conn:
        assert polls.turnout(conn, number).participants == 0


def test_vote_without_a_poll_says_so(li: Texting) -> None:
    assert li.text("投1") == li.says("vote.none_open")
    assert li.text("投3 1") == li.says("vote.not_open", poll=3)


def test_several_polls_are_voted_in_by_number_or_at_once(ports: Ports, community: Community, li: Texting) -> None:
    road, what = a_poll(ports, community), a_poll(ports, community, options=("修路", "打井"))
    assert li.text("赞成") == li.says("vote.which_poll", numbers=f"{road} {what}", poll=road)
    both = li.text(f"投{road} 2，投{what} 2").split("\n")
    assert [f"表决{number}已收到" in text for number, text in zip((road, what), both, strict=True)] == [True, True]
    with ports.db.read() as conn:
        assert [polls.turnout(conn, number).participants for number in (road, what)] == [1, 1]


def test_option_that_is_none_is_asked_back_and_then_left_to_a_person(
    ports: Ports, community: Community, li: Texting
) -> None:
    number = a_poll(ports, community, options=("修路", "打井"))
    assert "没有这个选项" in li.text(f"投{number} 7")
    assert li.text(f"投{number} 8") == li.says("unclear.passed_on_no_vote")
    assert waiting_words(ports, community) == [None]
    with ports.db.read() as conn:
        assert polls.turnout(conn, number).participants == 0
    assert "已收到您的选票" in li.text(f"投{number} 2")


def test_doubtful_vote_is_asked_back_and_then_a_number_is_enough(
    ports: Ports, community: Community, li: Texting
) -> None:
    number = a_poll(ports, community)
    asked = li.text("赞成?")
    assert "没有记票" in asked
    assert "修村口的路吗?" in asked
    with ports.db.read() as conn:
        assert polls.turnout(conn, number).participants == 0
    assert "已收到您的选票" in li.text("２")


def test_guest_or_newcomer_has_no_vote(ports: Ports, community: Community, li: Texting, phone: Phone) -> None:
    from tests.roll.people import enter

    number = a_poll(ports, community)
    enter(ports, community, "name,phone,code\n新来的,+8613800000007,40036\n")
    newcomer = phone(PhoneNumber("+8613800000007"))
    assert newcomer.text(f"投{number} 1") == newcomer.says("vote.not_open", poll=number)


# --- who ---------------------------------------------------------------------------------------------------------


def test_stranger_changes_nothing_and_is_answered_once_a_day(
    ports: Ports, community: Community, clock: StillClock, phone: Phone
) -> None:
    a_poll(ports, community)
    stranger = phone(UNKNOWN)
    before = everything(ports)
    assert stranger.text("议题 路灯坏了") == stranger.says("stranger")
    assert [stranger.text(text) for text in ("投1 1", "退订", "#10019 投1 1", "HELP")] == [""] * 4
    after = everything(ports)
    assert {name for name in after if after[name] != before[name]} == {"inbox", "once"}
    assert all(row["sealed_text"] is None for row in after["inbox"])
    clock.advance(days=1)
    assert stranger.text("hello") == stranger.says("stranger", "en")


def test_withheld_number_and_strange_line_get_no_answer(
    ports: Ports, wording: Wording, community: Community, phone: Phone
) -> None:
    assert phone(None).text("议题 路灯坏了") == ""
    assert Texting(ports, wording, ALONE, line=PhoneNumber("+8657100000009")).text("议题 路灯坏了") == ""
    assert topics_of(ports, community) == []


def test_shared_phone_is_asked_who_it_is(ports: Ports, community: Community, wangs: Texting) -> None:
    number = a_poll(ports, community)
    for text in ("1", "议题 路灯坏了", f"投{number} 1", "我的"):
        assert wangs.text(text) == wangs.says("who.ask")
    assert wangs.text("MINE") == wangs.says("who.ask", "en")
    assert topics_of(ports, community) == []
    assert all(row["sealed_text"] is None for row in rows(ports, "inbox"))


def test_each_of_a_shared_phone_votes_with_their_code(ports: Ports, community: Community, wangs: Texting) -> None:
    number = a_poll(ports, community)
    answers = {wangs.text(f"#{code} 投{number} 1") for code in CODES}
    assert len(answers) == len(CODES)
    assert all("已收到您的选票" in answer for answer in answers)
    assert wangs.text(f"＃{CODES[0]}议题：路灯坏了").startswith("【石滩村】议题收到了")
    assert topics_of(ports, community)[0].author_id == resident(ports, community, CODES[0]).id


def test_code_of_another_phone_is_refused(ports: Ports, community: Community, wangs: Texting, li: Texting) -> None:
    number = a_poll(ports, community)
    for phone, code in ((wangs, "10019"), (li, CODES[0]), (wangs, "99999")):
        assert phone.text(f"#{code} 投{number} 1") == phone.says("who.code_unknown")
    with ports.db.read() as conn:
        assert polls.turnout(conn, number).participants == 0
    assert "已收到您的选票" in li.text(f"#10019 投{number} 1")


@pytest.mark.parametrize("full_width", [False, True])
def test_shared_phone_is_understood_behind_the_code(
    ports: Ports, community: Community, wangs: Texting, *, full_width: bool
) -> None:
    code = "".join(chr(ord(sign) + 0xFEE0) if full_width else sign for sign in f"#{CODES[1]}")
    assert wangs.text(f"{code} 好的") == ""
    assert wangs.text(f"{code} 村口路灯坏了三天") == wangs.says("unclear.is_it_a_topic")
    assert "议题收到了" in wangs.text(f"{code} 1")
    assert topics_of(ports, community)[0].text == "村口路灯坏了三天"


# --- stop, start, language, help, news -----------------------------------------------------------------------------


def a_broadcast(ports: Ports, community: Community) -> int:
    with ports.db.work() as tx:
        audience = roll.community_resident_ids(tx.connection, community.id)
        texts = {"zh": "【石滩村】明天停水。", "en": "Shitan: no water tomorrow."}
        draft = BroadcastDraft(community.id, "notice", "", texts, {}, audience)
        key = messaging.start_broadcast(tx, draft, at=ports.clock.now())
        tx.commit()
    return key


def test_stop_cancels_what_waits_and_start_brings_it_back(ports: Ports, community: Community, li: Texting) -> None:
    before = a_broadcast(ports, community)
    assert li.text("退订") == li.says("stop")
    assert resident(ports, community, "10019").stopped is StopKind.BROADCASTS
    after = a_broadcast(ports, community)
    with ports.db.read() as conn:
        assert [messaging_views.progress(conn, key).held for key in (before, after)] == [1, 1]
    assert li.text("恢复") == li.says("start")
    with ports.db.read() as conn:
        assert messaging_views.progress(conn, a_broadcast(ports, community)).held == 0


def test_stop_leaves_the_vote(ports: Ports, community: Community, li: Texting) -> None:
    number = a_poll(ports, community)
    li.text("STOP")
    assert "已收到您的选票" in li.text(f"投{number} 1")


@pytest.mark.parametrize("text", ["我不想退订", "请不要停止修路", "don't stop the bus", "议题 停止施工"])
def test_stop_must_be_the_whole_message(ports: Ports, community: Community, li: Texting, text: str) -> None:
    li.text(text)
    assert resident(ports, community, "10019").stopped is StopKind.NOTHING


def test_stop_holds_for_everybody_on_a_shared_phone(ports: Ports, community: Community, wangs: Texting) -> None:
    assert wangs.text("TD") == wangs.says("stop")
    assert {resident(ports, community, code).stopped for code in CODES} == {StopKind.BROADCASTS}
    assert resident(ports, community, "10019").stopped is StopKind.NOTHING
    assert wangs.text("START") == wangs.says("start")
    assert {resident(ports, community, code).stopped for code in CODES} == {StopKind.NOTHING}


def test_stop_with_a_code_holds_for_one(ports: Ports, community: Community, wangs: Texting) -> None:
    wangs.text(f"#{CODES[0]} 退订")
    stopped = [resident(ports, community, code).stopped for code in CODES]
    assert stopped == [StopKind.BROADCASTS, StopKind.NOTHING, StopKind.NOTHING]


@pytest.mark.parametrize(
    ("texts", "language"),
    [(["语言"], "en"), (["LANG", "语言"], "zh"), (["语言 英文"], "en"), (["LANG en"], "en"), (["LANG Chinese"], "zh")],
)
def test_language_changes(ports: Ports, community: Community, li: Texting, texts: list[str], language: str) -> None:
    answers = [li.text(text) for text in texts]
    assert resident(ports, community, "10019").language == language
    assert answers[-1] == li.says("language.changed", language)


def test_language_that_we_do_not_have_is_refused_with_the_list(ports: Ports, community: Community, li: Texting) -> None:
    assert li.text("LANG fr") == li.says("language.unknown", languages="中文 English")
    assert resident(ports, community, "10019").language == "zh"


def test_help_call_mine_and_news(ports: Ports, community: Community, wording: Wording, li: Texting) -> None:
    assert li.text("?") == li.says("help")
    assert li.text("我的") == li.says("mine.none")
    assert li.text("消息") == li.says("news.none")
    number = a_poll(ports, community)
    li.text("议题 村口路灯坏了")
    topic = topics_of(ports, community)[0].number
    mine = li.text("我的")
    assert f"议题{topic}等待审核" in mine
    assert f"表决{number}" in mine
    assert f"表决{number}" in li.text("消息")
    with even_few_are_published():
        close_poll(number, ports=ports, wording=wording)
    assert f"表决{number}已公布" in li.text("消息")
    assert li.text("来电") == li.says("call")
    assert waiting_words(ports, community) == ["来电"]


def test_status_of_a_poll(ports: Ports, community: Community, wording: Wording, li: Texting) -> None:
    number = a_poll(ports, community)
    opened = li.text(f"查{number}")
    assert opened.startswith(li.says("status.poll_open", poll=number) + "\n公开记录2026年11月24日：")
    assert li.text(f"查{number}") == opened
    with even_few_are_published():
        close_poll(number, ports=ports, wording=wording)
    closed = li.text(f"查{number}")
    assert closed.startswith(li.says("status.poll_closed", poll=number) + "\n公开记录2026年11月24日：")
    assert closed[-14:] != opened[-14:]


def test_status_tells_of_a_topic_and_of_a_poll_with_the_same_number(
    ports: Ports, community: Community, li: Texting
) -> None:
    li.text("议题 村口路灯坏了")
    topic = topics_of(ports, community)[0]
    while (number := a_poll(ports, community)) < int(topic.number):
        pass
    one, two = li.send(li.compose(f"查{number}"))
    assert one.startswith(li.says("status.topic", topic=topic.number, stage="等待审核", supporters=0))
    assert two.startswith(li.says("status.poll_open", poll=number))
    assert one[-14:] != two[-14:]


# --- not understood ----------------------------------------------------------------------------------------------


def test_thanks_need_no_answer(li: Texting) -> None:
    assert [li.text(text) for text in ("谢谢", "收到", "好的", "thanks")] == [""] * 4


def test_new_topic_is_asked_back(ports: Ports, community: Community, li: Texting) -> None:
    assert li.text("村口路灯坏了三天了") == li.says("unclear.is_it_a_topic")
    assert topics_of(ports, community) == []
    assert "议题收到了" in li.text("1")
    assert topics_of(ports, community)[0].text == "村口路灯坏了三天了"


@pytest.mark.parametrize("answer", ["2", "不是", "我是说桥那边的灯"])
def test_what_is_no_topic_goes_to_a_person_with_all_that_was_said(
    ports: Ports, community: Community, li: Texting, answer: str
) -> None:
    li.text("村口路灯坏了三天了")
    assert li.text(answer) == li.says("unclear.passed_on")
    assert waiting_words(ports, community) == [f"村口路灯坏了三天了\n{answer}"]
    assert topics_of(ports, community) == []


def test_question_back_is_forgotten_in_time(ports: Ports, community: Community, clock: StillClock, li: Texting) -> None:
    li.text("村口路灯坏了三天了")
    clock.advance(hours=13)
    li.text("1")
    assert topics_of(ports, community) == []


def test_text_without_words_is_said_to_be_unreadable(li: Texting) -> None:
    assert [li.text(text) for text in ("", "😀👍", "。。。")] == [li.says("unclear.unreadable")] * 3


def test_unclear_text_of_an_elector_is_kept_nowhere(ports: Ports, community: Community, li: Texting) -> None:
    a_poll(ports, community)
    assert li.text("我不太想修路啊") == li.says("unclear.what_is_it_or_vote")
    assert li.text("我的意思是算了吧") == li.says("unclear.passed_on_no_vote")
    assert waiting_words(ports, community) == [None]
    assert [row["carrier_id"] for row in rows(ports, "redaction")] == ["SM+86138000000011", "SM+86138000000012"]


def test_question_put_back_keeps_to_two_segments_however_long_the_poll(
    ports: Ports, community: Community, li: Texting, anna: Texting
) -> None:
    long = ["修" * 58 + f"{number}" for number in range(9)]
    number = a_poll(ports, community, options=long, english=[f"{'road ' * 11}{one}" for one in range(9)])
    for phone, text in ((li, f"投{number} 0"), (anna, f"VOTE {number} 0")):
        answer = phone.text(text)
        assert count_segments(answer).segments <= 2
        assert "9" in answer


# --- asked back, with numbers to answer with -----------------------------------------------------------------------


def test_unclear_text_is_asked_back_and_the_number_says_what_it_was(
    ports: Ports, community: Community, li: Texting
) -> None:
    number = a_poll(ports, community)
    assert li.text("哎呀这个嘛") == li.says("unclear.what_is_it_or_vote")
    assert "赞成回1" in li.text("3")
    assert "已收到您的选票" in li.text("2")
    li.text("哎呀这个嘛")
    assert li.text("1") == li.says("unclear.hint.topic")
    li.text("哎呀这个嘛")
    assert li.text("2") == li.says("unclear.passed_on_no_vote")
    with ports.db.read() as conn:
        assert polls.turnout(conn, number).participants == 1


def test_number_after_a_question_back_is_no_vote(ports: Ports, community: Community, li: Texting) -> None:
    number = a_poll(ports, community)
    li.text("哎呀这个嘛")
    li.text("1")
    with ports.db.read() as conn:
        assert polls.turnout(conn, number).participants == 0


def test_which_poll_is_answered_by_its_number(ports: Ports, community: Community, li: Texting) -> None:
    road, what = a_poll(ports, community), a_poll(ports, community, options=("修路", "打井"))
    asked = li.says("vote.which_poll", numbers=f"{road} {what}", poll=road)
    assert li.text("赞成") == asked
    assert "打井" in li.text(str(what))
    assert f"表决{what}已收到" in li.text("1")


def test_which_poll_is_asked_once_and_then_left_to_a_person(ports: Ports, community: Community, li: Texting) -> None:
    road, what = a_poll(ports, community), a_poll(ports, community)
    assert li.text("赞成") == li.says("vote.which_poll", numbers=f"{road} {what}", poll=road)
    assert li.text("都赞成") == li.says("unclear.passed_on_no_vote")
    with ports.db.read() as conn:
        assert [polls.turnout(conn, number).participants for number in (road, what)] == [0, 0]


@pytest.mark.parametrize(
    ("text", "hint"),
    [("附议", "support"), ("查", "status"), ("问13", "question"), ("评13", "feedback"), ("发言5", "statement"),
     ("议题", "topic"), ("N", "stop"), ("取消", "stop"), ("回执", "receipt"), ("hlep", "help")],
)  # fmt: skip
def test_unfinished_command_is_answered_with_how_it_is_written(
    ports: Ports, community: Community, li: Texting, text: str, hint: str
) -> None:
    before = everything(ports)
    assert li.text(text) == li.says(f"unclear.hint.{hint}")
    assert li.text(text) == li.says("unclear.passed_on")
    after = everything(ports)
    assert {name for name in after if after[name] != before[name]} <= {"inbox", "asked"}


def test_misspelt_topic_is_asked_back(ports: Ports, community: Community, li: Texting, anna: Texting) -> None:
    assert li.text("一题 村口路灯坏了") == li.says("unclear.is_it_a_topic")
    assert anna.text("TPOIC the well is dry") == anna.says("unclear.is_it_a_topic", "en")
    li.text("1")
    anna.text("yes")
    assert [topic.text for topic in topics_of(ports, community)] == ["村口路灯坏了", "the well is dry"]


def test_thanks_for_a_question_is_no_vote_and_says_so(ports: Ports, community: Community, li: Texting) -> None:
    number = a_poll(ports, community)
    asked = li.text("赞成吗？")
    assert "还没有记票" in asked
    assert li.text("好的") == asked
    with ports.db.read() as conn:
        assert polls.turnout(conn, number).participants == 0


def test_picture_and_code_alone_are_answered_kindly(
    ports: Ports, community: Community, li: Texting, wangs: Texting
) -> None:
    assert li.send(replace(li.compose(""), media=1)) == [li.says("unclear.picture")]
    assert wangs.text(f"#{CODES[0]}") == wangs.says("who.code_alone", code=CODES[0])


def test_text_beyond_what_carriers_let_through_is_no_vote(ports: Ports, community: Community, li: Texting) -> None:
    number = a_poll(ports, community)
    li.text(f"投{number} 1" + " " * 1600 + "不对,反对")
    with ports.db.read() as conn:
        assert polls.turnout(conn, number).participants == 0


@pytest.mark.parametrize(
    ("method", "text", "choice"),
    [(Method.APPROVAL, "{n}号投3和1", "1,3"), (Method.RANKED, "投{n} 3>1>2", "3>1>2"),
     (Method.SCORE, "投{n} 2=0 1=5", "1=5,2=0"), (Method.BUDGET, "VOTE {n} 2 and 1", "1,2")],
)  # fmt: skip
def test_every_form_of_ballot_is_cast_by_text(
    ports: Ports,
    community: Community,
    li: Texting,
    monkeypatch: pytest.MonkeyPatch,
    method: Method,
    text: str,
    choice: str,
) -> None:
    number = a_poll(ports, community, options=("修路", "打井", "路灯"), method=method)
    cast: list[str] = []
    # Where every ballot is made, whichever way its text took.
    original: Callable[..., Any] = vars(poll_actions)["_make"]

    def remember(frame: object, resident_id: int, group_index: int, said: str, *, ports: Ports) -> object:
        cast.append(said)
        return original(frame, resident_id, group_index, said, ports=ports)

    monkeypatch.setattr(poll_actions, "_make", remember)
    assert "已收到您的选票" in li.text(text.format(n=number))
    assert cast == [choice]


# --- what a bare number answers ----------------------------------------------------------------------------------


def _told(ports: Ports, wording: Wording, number: int) -> None:
    """The call for votes goes out to everybody, as the sender does it."""
    with ports.db.work() as tx:
        ask_for_votes(tx, number, at=ports.clock.now(), wording=wording)
        tx.commit()
    send_due(ports, carrier=ScriptedCarrier(), urls=CallbackUrls("https://village.example"), queue="bulk",
             call_prefixes=["+"])  # fmt: skip


def test_bare_number_answers_the_call_for_votes(
    ports: Ports, community: Community, wording: Wording, li: Texting
) -> None:
    number = a_poll(ports, community)
    assert "还没有记票" in li.text("1")
    _told(ports, wording, number)
    assert "回执" in li.text("1")


def test_bare_number_answers_nothing_once_we_spoke_of_something_else(
    ports: Ports, community: Community, wording: Wording, li: Texting
) -> None:
    number = a_poll(ports, community)
    _told(ports, wording, number)
    li.text("帮助")
    assert "还没有记票" in li.text("1")
    with ports.db.read() as conn:
        assert polls.turnout(conn, number).participants == 0


def test_later_call_for_votes_overtakes_an_earlier_question(
    ports: Ports, community: Community, wording: Wording, li: Texting
) -> None:
    first, second = a_poll(ports, community), a_poll(ports, community)
    li.text(f"投{first} 9")
    _told(ports, wording, second)
    assert f"表决{second}已收到" in li.text("1")
    with ports.db.read() as conn:
        assert polls.turnout(conn, first).participants == 0
