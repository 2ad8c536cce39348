"""A village with something of everything, made through the rooms' own actions, for the pages' tests."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from fractions import Fraction
from typing import Any

from gateway.behalf import actions as behalf
from gateway.behalf.model import Actor
from gateway.bootstrap import Gateway
from gateway.followup import complaining
from gateway.followup.actions import post_update
from gateway.kernel.db import UnitOfWork
from gateway.kernel.errors import RuleError
from gateway.kernel.phones import PhoneNumber
from gateway.meetings import actions as meeting_actions
from gateway.meetings import inviting, sitting
from gateway.meetings.model import MeetingDraft
from gateway.messaging import inbox
from gateway.messaging.inbox import InboxKind, InboxState
from gateway.panels import actions as panel_actions
from gateway.panels.model import PanelDraft
from gateway.polls import actions as polls
from gateway.polls.ballots import box_key_name
from gateway.polls.closing import close_poll
from gateway.polls.model import Method, PollDraft, PollWording, Threshold, ThresholdBase
from gateway.roll import actions as roll
from gateway.roll import views as roll_views
from gateway.roll.importing import parse_roll
from gateway.roll.model import NewCommunity
from gateway.staff import releasing
from gateway.staff.actions import add_staff
from gateway.staff.model import Role
from gateway.topics import actions as topics
from gateway.topics import asking
from gateway.topics.model import Stage
from tests.polls.village import even_few_are_published

PASSWORD = "tea-and-sunflower"
SCRIPT = "<script>alert('x')</script>"
PRIVATE_TEXT = "你好,我是桥头的,我儿子的电话换了"
HIDDEN_TOPIC = "村会计把钱放在自己家里"
DECLINED_TOPIC = "隔壁老王家的狗太吵"
SPOKEN_LINE = "+86 571 8888 0001"
HALF = Fraction(1, 2)

ROLL = f"""name,phone,code,pin,household,group,language,channel,consent
陈大山,+8613800000001,10014,,H01,桥头,zh,text,yes
李秀英,+8613800000001,10027,,H01,桥头,zh,call,yes
王水生,+8613800000003,10033,,H02,上街,zh,text,yes
Anna <b>Lee</b>,+8613800000004,10048,,H03,上街,en,text,yes
张桂兰,,10055,,H04,竹园,zh,call,yes
{SCRIPT},+8613800000006,10061,,H05,竹园,zh,text,no
"""


@dataclass(frozen=True)
class Sample:
    """What the tests look for in the sample."""

    code: str
    other_code: str
    raised: str
    accepted: str
    declined: str
    done: str
    hostile: str
    open_poll: int
    closed_poll: int
    void_poll: int
    draft_poll: int
    single_poll: int
    other_poll: int
    other_topic: str
    waiting: int
    other_waiting: int
    broadcast: int
    other_broadcast: int
    other_release: int
    other_person: int
    other_panel: int
    person: int
    panel: int
    meeting: int
    other_meeting: int
    complaint: str
    other_complaint: str
    entered: int
    other_entered: int
    question: int
    receipt: str


def make_sample(gateway: Gateway) -> Sample:
    """Fill an empty installation; every password is PASSWORD."""
    with gateway.db.work() as tx:
        here = roll.add_community(
            tx, NewCommunity("qiaotou", "桥头村", PhoneNumber("+8657188880001"), languages=("zh", "en"))
        ).id
        other = roll.add_community(tx, NewCommunity("zhuyuan", f"竹园村{SCRIPT}", PhoneNumber("+8657188880002"))).id
        for community, text in ((here, ROLL), (other, "name,phone,code\n何阿香,+8613900000001,20015\n")):
            people = parse_roll(_recoded(text).encode(), region="CN")
            roll.import_roll(tx, community, people, randomness=gateway.ports.randomness, secret=gateway.ports.secret)
        now = gateway.ports.clock.now()
        add_staff(tx, "林文书", PASSWORD, Role.CLERK, here, at=now)
        add_staff(tx, "township", PASSWORD, Role.TOWNSHIP, None, at=now)
        add_staff(tx, "auditor", PASSWORD, Role.AUDITOR, here, at=now)
        add_staff(tx, "clerk-of-all", PASSWORD, Role.CLERK, None, at=now)
        add_staff(tx, "officer", PASSWORD, Role.RETURNING_OFFICER, here, at=now)
        add_staff(tx, "moderator", PASSWORD, Role.MODERATOR, here, at=now)
        add_staff(tx, "town-of-here", PASSWORD, Role.TOWNSHIP, here, at=now)
        raised = _topics(tx, gateway, here)
        other_topic = topics.raise_topic(
            tx, other, roll_views.community_resident_ids(tx.connection, other)[0], "竹园的事", at=now
        )
        topics.screen(tx, other_topic.number, True, "", at=now, wording=gateway.wording)
        other_broadcast = post_update(tx, other_topic.id, {"zh": "在办"}, at=now, wording=gateway.wording)
        waiting = [_waiting(tx, gateway, community) for community in (here, other)]
        tx.commit()
    made = _polls(gateway, here)
    with gateway.db.work() as tx:
        people = roll_views.community_resident_ids(tx.connection, here)
        others = roll_views.community_resident_ids(tx.connection, other)
        other_poll = polls.create_poll(tx, _draft(gateway, other, "竹园修桥?"), at=gateway.ports.clock.now())
        panels = [_panel(tx, gateway, community) for community in (here, other)]
        meetings = [_meeting(tx, gateway, community) for community in (here, other)]
        numbers, deeds = [], []
        for who, meeting in zip((people, others), meetings, strict=True):
            said: dict[str, Any] = {"at": gateway.ports.clock.now(), "wording": gateway.wording}
            words = f"会计不公开账目 {SCRIPT}"
            numbers.append(complaining.complain(tx, who[0], words, ports=gateway.ports, **said).number)
            actor = Actor("林文书", "at the desk")
            deeds.append(behalf.enter_statement(tx, who[0], meeting, f"先装桥头 {SCRIPT}", actor, **said).id)
        question = asking.ask(tx, int(raised["accepted_id"]), people[0], "什么时候修?", at=gateway.ports.clock.now())
        asked = {"by": "clerk-of-all", "at": gateway.ports.clock.now()}
        other_release = releasing.ask(tx, other, "poll.open", f"poll:{other_poll}", **asked)
        tx.commit()
    return Sample(
        code="qiaotou", other_code="zhuyuan", **{name: value for name, value in raised.items() if name != "accepted_id"}, **made, other_poll=other_poll, other_topic=other_topic.number,
        waiting=waiting[0], other_waiting=waiting[1], other_broadcast=other_broadcast,
        other_release=other_release, other_person=others[0], other_panel=panels[1], panel=panels[0], person=people[2],
        complaint=numbers[0], other_complaint=numbers[1], entered=deeds[0], other_entered=deeds[1],
        meeting=meetings[0], other_meeting=meetings[1], question=question.id,
    )  # fmt: skip


def _recoded(text: str) -> str:
    """Leave the codes to the importer: their check digits are its business."""
    lines = [line.split(",") for line in text.strip().splitlines()]
    return "\n".join(",".join([*cells[:2], "", *cells[3:]] if i else cells) for i, cells in enumerate(lines)) + "\n"


def _topics(tx: UnitOfWork, gateway: Gateway, here: int) -> dict[str, str | int]:
    now, wording = gateway.ports.clock.now(), gateway.wording
    people = roll_views.community_resident_ids(tx.connection, here)
    words = ("村口的路灯坏了半个月", "河边的栏杆断了,小孩危险", HIDDEN_TOPIC, DECLINED_TOPIC, f"水渠堵了 {SCRIPT}")
    lamp, fence, hidden, dog, hostile = (
        topics.raise_topic(tx, here, people[i % len(people)], text, at=now) for i, text in enumerate(words)
    )
    for topic in (lamp, fence, hostile):
        topics.screen(tx, topic.number, True, "", at=now, wording=wording)
    topics.screen(tx, dog.number, False, "这是邻里之间的事,请找调解员", at=now, wording=wording)
    for person in people[1:5]:
        topics.support(tx, lamp.id, person, at=now)
    post_update(tx, lamp.id, {"zh": "电工已经看过,配件在路上", "en": "The parts are on their way"},
                at=now, wording=wording, stage=Stage.IN_PROGRESS)  # fmt: skip
    post_update(tx, fence.id, {"zh": f"栏杆修好了 {SCRIPT}"}, at=now, wording=wording, stage=Stage.DONE)
    broadcast = post_update(tx, lamp.id, {"zh": "后天装好", "en": "Ready in two days"},
                            at=now, wording=wording, everyone=True)  # fmt: skip
    return {"raised": hidden.number, "accepted": lamp.number, "declined": dog.number, "done": fence.number,
            "hostile": hostile.number, "broadcast": broadcast, "accepted_id": lamp.id}  # fmt: skip


def _draft(gateway: Gateway, community: int, question: str, **changes: object) -> PollDraft:
    values = {
        "community_id": community,
        "method": Method.YESNO,
        "wording": {"": PollWording(question), "en": PollWording("Shall we mend the road together?")},
        "closes_at": gateway.ports.clock.now() + timedelta(days=3),
        "threshold": Threshold(ThresholdBase.PARTICIPANTS, HALF),
    }
    return PollDraft(**(values | changes))  # type: ignore[arg-type]


def _polls(gateway: Gateway, here: int) -> dict[str, int | str]:
    ports, wording = gateway.ports, gateway.wording
    words = PollWording("先修哪一样?", ("修路", "打水井", f"装路灯{SCRIPT}"))
    single = {"": words, "en": words}
    drafts = {
        "closed_poll": _draft(gateway, here, "村集体的钱先用来修路,大家同意吗?", quorum=HALF),
        "single_poll": _draft(
            gateway,
            here,
            "",
            method=Method.SINGLE,
            wording=single,
            threshold=Threshold(ThresholdBase.CAST, Fraction(0)),
        ),
        "void_poll": _draft(gateway, here, "池塘承包给谁?"),
        "open_poll": _draft(gateway, here, "老年食堂办起来,每户每月交十元,大家同意吗?", by_group=True),
        "draft_poll": _draft(gateway, here, "草稿里的题目"),
    }
    with gateway.db.work() as tx:
        numbers = {name: polls.create_poll(tx, draft, at=ports.clock.now()) for name, draft in drafts.items()}
        for name in ("closed_poll", "single_poll", "void_poll", "open_poll"):
            polls.open_poll(tx, numbers[name], ports=ports, wording=wording)
        people = roll_views.community_resident_ids(tx.connection, here)
        for person, choice in zip(people, ("yes", "yes", "no", "yes", "abstain"), strict=False):
            receipt = polls.cast(tx, numbers["closed_poll"], person, choice, ports=ports)
        for person, choice in zip(people, ("1", "3", "3", "2"), strict=False):
            polls.cast(tx, numbers["single_poll"], person, choice, ports=ports)
        for person in people[:2]:
            polls.cast(tx, numbers["open_poll"], person, "yes", ports=ports)
        tx.commit()
    ports.vault.destroy(box_key_name(numbers["void_poll"]))
    for name in ("closed_poll", "single_poll", "void_poll"):
        try:
            with even_few_are_published():
                close_poll(numbers[name], ports=ports, wording=wording)
        except RuleError as error:
            assert error.code == "poll_void"
    return {**numbers, "receipt": receipt}


def _panel(tx: UnitOfWork, gateway: Gateway, community: int) -> int:
    return panel_actions.plan_panel(tx, PanelDraft(community, "修路怎么分工", 1), at=gateway.ports.clock.now())


def _meeting(tx: UnitOfWork, gateway: Gateway, community: int) -> int:
    """One under way: somebody asks for the floor by telephone, and something was said for the record."""
    now, wording = gateway.ports.clock.now(), gateway.wording
    people = roll_views.community_resident_ids(tx.connection, community)
    draft = MeetingDraft(community, "村口的路灯", "老学校", now + timedelta(minutes=10))
    number = meeting_actions.plan_meeting(tx, draft, at=now)
    inviting.invite(tx, number, people, at=now, wording=wording)
    inviting.reply(tx, number, people[0], True, at=now)
    meeting_actions.open_meeting(tx, number, at=now)
    for person in people[-2:]:
        sitting.join_line(tx, number, person, f"CA{person}", at=now)
        sitting.ask_for_floor(tx, number, person, at=now)
    sitting.say(tx, number, people[0], f"路灯先装桥头那一盏 {SCRIPT}", at=now)
    return number


def _waiting(tx: UnitOfWork, gateway: Gateway, community: int) -> int:
    now = gateway.ports.clock.now()
    person = roll_views.community_resident_ids(tx.connection, community)[0]
    letters = (gateway.ports.sealer.seal(PRIVATE_TEXT.encode()), None, "20200101.broken")
    keys: list[int] = []
    for index, sealed in enumerate(letters):
        key = inbox.claim(tx, f"{community}-{index}", InboxKind.TEXT, at=now)
        assert key is not None
        keys.append(key)
        inbox.settle(
            tx, key, state=InboxState.FOR_PERSON, sealed_text=sealed, community_id=community,
            resident_id=None if index == 2 else person,
        )  # fmt: skip
    return keys[0]
