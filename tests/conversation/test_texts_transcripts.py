"""Whole conversations as golden transcripts, to be read as prose: what was texted (>) and what was answered (<).

`--update-transcripts` writes them anew.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from gateway.followup.actions import post_update
from gateway.kernel.phones import PhoneNumber
from gateway.kernel.ports import Ports
from gateway.messaging.segments import count_segments
from gateway.polls.closing import close_poll
from gateway.roll.model import Community
from gateway.topics import actions as topics
from gateway.topics.model import Stage
from gateway.wording.catalogue import Wording
from tests.conversation.callers import ALONE, CODES, ENGLISH, SHARED, UNKNOWN, a_poll, a_village
from tests.conversation.texting import Texting, topics_of
from tests.polls.village import even_few_are_published

FOLDER = Path(__file__).parent / "transcripts"
# The digits of a record with a poll on it follow from the sealed ballots: other ones in every run.
DIGITS = re.compile(r"\b\d{4} \d{4} \d{4}\b")


@pytest.fixture
def community(ports: Ports) -> Community:
    return a_village(ports)


@pytest.fixture
def chat(
    request: pytest.FixtureRequest, ports: Ports, wording: Wording, community: Community
) -> Iterator[Callable[[PhoneNumber], Texting]]:
    """A telephone whose conversation is compared with the transcript that is named as the test."""
    made: list[Texting] = []

    def take(number: PhoneNumber) -> Texting:
        made.append(Texting(ports, wording, number))
        return made[-1]

    yield take
    path = FOLDER / f"{request.node.originalname.removeprefix('test_')}.txt"
    found = DIGITS.sub("4821 9037 5512", "\n".join(line for phone in made for line in phone.transcript))
    if request.config.getoption("--update-transcripts"):
        path.write_text(found, encoding="utf-8")
    assert path.read_text(encoding="utf-8") == found
    # A Chinese name in an English text takes all of it into the dearer alphabet; that is the village's own choice.
    answers = [
        line[2:].replace("石滩村:", "Shitan:") for phone in made for line in phone.transcript if line[0:1] == "<"
    ]
    assert max(count_segments(answer).segments for answer in answers) <= 2


Chat = Callable[[PhoneNumber], Texting]


def raise_and_finish(ports: Ports, community: Community, wording: Wording) -> None:
    """The village accepts the first topic and mends what it is about."""
    topic, now = topics_of(ports, community)[0], ports.clock.now()
    words = {"zh": "灯泡已换,线路下周再查一遍。", "en": "The bulb is new; the wire will be checked next week."}
    with ports.db.work() as tx:
        topics.screen(tx, topic.number, True, "", at=now, wording=wording)
        post_update(tx, topic.id, words, stage=Stage.IN_PROGRESS, at=now, wording=wording)
        tx.commit()


def test_topic_zh(ports: Ports, community: Community, wording: Wording, chat: Chat) -> None:
    li = chat(ALONE)
    li.text("您好，村口的路灯坏了好几天了")
    li.text("是的")
    li.text("查13")
    li.text("附议13")
    li.text("附议14")
    li.text("问13 什么时候修？")
    raise_and_finish(ports, community, wording)
    li.text("查13")
    li.text("我的")
    li.text("谢谢")


def test_topic_en(ports: Ports, community: Community, wording: Wording, chat: Chat) -> None:
    anna = chat(ENGLISH)
    anna.text("TOPIC The street light at the gate is broken")
    anna.text("Status 13")
    anna.text("ASK 13 When will it be mended?")
    raise_and_finish(ports, community, wording)
    anna.text("status 13")
    anna.text("MINE")
    anna.text("The bridge is broken too")
    anna.text("no")


def test_vote_zh(ports: Ports, community: Community, wording: Wording, chat: Chat) -> None:
    a_poll(ports, community)
    li = chat(ALONE)
    li.text("赞成吗？还是反对？")
    li.text("好的")
    li.text("投1 4")
    li.text("1号投2")
    li.text("赞成")
    with even_few_are_published():
        close_poll(1, ports=ports, wording=wording)
    li.text("投1 1")
    li.text("查1")


def test_vote_en(ports: Ports, community: Community, wording: Wording, chat: Chat) -> None:
    a_poll(ports, community)
    a_poll(ports, community, options=("修路", "打井"), english=("Mend the road", "Dig a well"))
    anna = chat(ENGLISH)
    anna.text("yes")
    anna.text("VOTE 1 yes")
    anna.text("VOTE 2 3")
    anna.text("2")
    anna.text("NEWS")


def test_shared_phone_zh(ports: Ports, community: Community, wording: Wording, chat: Chat) -> None:
    a_poll(ports, community)
    wangs = chat(SHARED)
    wangs.text("投1 1")
    wangs.text(f"#{CODES[0]} 投1 1")
    wangs.text(f"#{CODES[1]} 投1 2")
    wangs.text("#10019 投1 1")
    wangs.text("退订")
    wangs.text("恢复")


def test_asking_back_zh(ports: Ports, community: Community, wording: Wording, chat: Chat) -> None:
    a_poll(ports, community)
    li = chat(ALONE)
    li.text("1")
    li.text("好的")
    li.text("1")
    li.text("我们全家5口都赞成")
    li.text("那到底怎么投")
    a_poll(ports, community, options=("修路", "打井"))
    li.text("赞成")
    li.text("2")
    li.text("选2")
    li.text("发错了，2号我是选1")
    li.text("附议")
    li.text("附议13")
    li.text("取消")
    li.text("再说吧")


def test_asking_back_en(ports: Ports, community: Community, wording: Wording, chat: Chat) -> None:
    a_poll(ports, community)
    anna = chat(ENGLISH)
    anna.text("yes")
    anna.text("my wife votes yes too")
    anna.text("YES")
    anna.text("VOTE 1 7")
    anna.text("no")
    anna.text("STATSU 13")
    anna.text("RATE 13")
    anna.text("what do you mean")
    anna.text("N")
    anna.text("I do not know")


def test_others(ports: Ports, community: Community, wording: Wording, chat: Chat) -> None:
    stranger = chat(UNKNOWN)
    stranger.text("你好")
    stranger.text("在吗")
    li = chat(ALONE)
    li.text("？")
    li.text("来电")
    li.text("😀")
    li.text("语言 英文")
    li.text("HELP")
    li.text("LANG fr")
    li.text("STOP")
