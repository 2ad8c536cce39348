"""The queue and what comes after: asked back, merged, questioned, overdue, on the agenda; two clerks at once."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import update

from gateway.kernel.db import UnitOfWork, metadata
from gateway.kernel.errors import GatewayError
from gateway.kernel.ports import Ports
from gateway.record import views as record
from gateway.topics import actions, asking, digest, hotspots, views
from gateway.topics.model import MOVES, Mover, Stage, Topic, next_stages
from gateway.wording.catalogue import Wording
from tests.fakes import StillClock
from tests.polls.village import Village, a_village


@pytest.fixture
def village(ports: Ports) -> Village:
    return a_village(ports, 6)


def work(ports: Ports, act: Callable[[UnitOfWork], Any]) -> Any:
    with ports.db.work() as tx:
        done = act(tx)
        tx.commit()
    return done


def refused(act: Callable[[], Any]) -> str:
    with pytest.raises(GatewayError) as caught:
        act()
    return caught.value.code


def raised(ports: Ports, village: Village, text: str = "村口路灯坏了", author: int = 0) -> Topic:
    now = ports.clock.now()
    made: Topic = work(ports, lambda tx: actions.raise_topic(tx, village.id, village.people[author], text, at=now))
    return made


def accepted(ports: Ports, wording: Wording, topic: Topic) -> Topic:
    now = ports.clock.now()
    done: Topic = work(ports, lambda tx: actions.screen(tx, topic.number, True, "", at=now, wording=wording))
    return done


def merged(ports: Ports, wording: Wording, topic: Topic, into: Topic) -> Topic:
    now = ports.clock.now()
    done: Topic = work(ports, lambda tx: actions.merge(tx, topic.number, into.number, at=now, wording=wording))
    return done


def backed(ports: Ports, topic: Topic, *people: int) -> list[bool]:
    now = ports.clock.now()
    return [work(ports, lambda tx, one=one: actions.support(tx, topic.id, one, at=now)) for one in people]


def told(ports: Ports) -> list[tuple[str, int]]:
    """Who was told by which kind of message, in order."""
    delivery, broadcast = metadata.tables["delivery"], metadata.tables["broadcast"]
    with ports.db.read() as conn:
        joined = delivery.join(broadcast, broadcast.c.id == delivery.c.broadcast_id)
        query = joined.select().with_only_columns(broadcast.c.kind, delivery.c.resident_id)
        return [(row.kind, row.resident_id) for row in conn.execute(query.order_by(delivery.c.id))]


def found(ports: Ports, topic: Topic) -> Topic:
    with ports.db.read() as conn:
        one = views.topic_by_id(conn, topic.id)
    assert one
    return one


def test_asking_back_brings_the_answer_into_the_queue(ports: Ports, village: Village, wording: Wording) -> None:
    topic = raised(ports, village)
    now = ports.clock.now()
    asked = work(ports, lambda tx: actions.ask_back(tx, topic.number, "哪一盏灯?", at=now, wording=wording))
    assert (asked.stage, asked.reason) == (Stage.ASKED, "哪一盏灯?")
    assert told(ports) == [("asked_back", village.people[0])]
    back = work(ports, lambda tx: actions.answer_back(tx, topic.id, "小学门口那盏", at=now))
    assert (back.stage, back.text, back.reason) == (Stage.RAISED, "村口路灯坏了 / 小学门口那盏", "")
    again = lambda: work(ports, lambda tx: actions.answer_back(tx, topic.id, "再说", at=now))  # noqa: E731
    assert refused(again) == "topic_not_asked"
    assert accepted(ports, wording, topic).stage is Stage.ACCEPTED
    with ports.db.read() as conn:
        kinds = [entry.kind for entry in record.entries(conn)]
        assert "小学" not in str(record.entries(conn))
    assert kinds == ["topic.raised", "topic.asked", "topic.answered_back", "topic.accepted"]


def test_topic_asked_back_can_be_screened_without_an_answer(ports: Ports, village: Village, wording: Wording) -> None:
    topic = raised(ports, village)
    now = ports.clock.now()
    work(ports, lambda tx: actions.ask_back(tx, topic.number, "哪一盏灯?", at=now, wording=wording))
    assert accepted(ports, wording, topic).stage is Stage.ACCEPTED


def test_merging_carries_voices_over_once_and_tells_authors(ports: Ports, village: Village, wording: Wording) -> None:
    a, b, c, d, e, f = village.people
    first = accepted(ports, wording, raised(ports, village))
    second = raised(ports, village, "路灯不亮", 1)
    third = raised(ports, village, "村口太黑", 2)
    assert backed(ports, first, d) == [True]
    assert backed(ports, second, d, e) == [True, True]
    assert backed(ports, third, a, b) == [True, True]
    merged(ports, wording, third, second)
    assert merged(ports, wording, second, first).stage is Stage.MERGED
    whole = found(ports, first)
    assert whole.supporters == 4
    assert [found(ports, one).merged_into for one in (second, third)] == [first.id, first.id]
    with ports.db.read() as conn:
        assert views.followers(conn, first.id) == [a, b, c, d, e]
        assert views.whole(conn, found(ports, third)) == whole
    kinds = told(ports)
    assert {one for kind, one in kinds if kind == "merging"} == {a, b, c, d, e}
    assert kinds.count(("merging", c)) == 2
    # Backing what was merged backs the whole, once.
    assert backed(ports, third, f, d) == [True, False]
    assert found(ports, first).supporters == 5


def test_merging_what_makes_no_sense_is_refused(ports: Ports, village: Village, wording: Wording) -> None:
    first, second = raised(ports, village), raised(ports, village, "水井没水", 1)
    elsewhere = a_village(ports, 1, code="elsewhere")
    other = raised(ports, elsewhere, "别处的事")
    assert refused(lambda: merged(ports, wording, first, first)) == "topic_merge_same"
    assert refused(lambda: merged(ports, wording, first, other)) == "topic_merge_elsewhere"
    now = ports.clock.now()
    work(ports, lambda tx: actions.screen(tx, second.number, False, "不归村里管", at=now, wording=wording))
    assert refused(lambda: merged(ports, wording, first, second)) == "topic_merge_dead"
    assert refused(lambda: merged(ports, wording, second, first)) == "topic_moved"


def attempt(act: Callable[[], Any]) -> str:
    try:
        act()
    except GatewayError as error:
        return error.code
    return "done"


def test_two_clerks_at_once_one_result_and_the_other_is_told(
    ports: Ports, village: Village, wording: Wording, figure: Callable[[str], None]
) -> None:
    topic, other = raised(ports, village), raised(ports, village, "水井没水", 1)
    now = ports.clock.now()
    acts: list[Callable[[UnitOfWork], Any]] = [
        lambda tx: actions.screen(tx, topic.number, True, "", at=now, wording=wording),
        lambda tx: actions.screen(tx, topic.number, False, "不归村里管", at=now, wording=wording),
        lambda tx: actions.ask_back(tx, topic.number, "哪一盏?", at=now, wording=wording),
    ]
    with ThreadPoolExecutor(3) as pool:
        outcomes = sorted(pool.map(lambda act: attempt(lambda: work(ports, act)), acts))
    # Asking back leaves the topic in the queue, so that one more may follow it.
    assert outcomes.count("done") in (1, 2)
    assert set(outcomes) == {"done", "topic_screened_already"}
    one, two = raised(ports, village, "甲事"), raised(ports, village, "乙事", 1)
    with ThreadPoolExecutor(2) as pool:
        both = sorted(pool.map(lambda pair: attempt(lambda: merged(ports, wording, *pair)), [(one, two), (two, one)]))
    assert both[0] == "done"
    assert both[1] in ("topic_moved", "topic_merge_dead")
    with ThreadPoolExecutor(4) as pool:
        same = sorted(
            pool.map(
                lambda _: attempt(lambda: merged(ports, wording, other, topic_live(ports, topic, one, two))), range(4)
            )
        )
    assert same == ["done", "topic_moved", "topic_moved", "topic_moved"]
    figure(
        f"two clerks at once on {ports.db.engine.dialect.name}: screening {outcomes}, merging both ways {both}, "
        f"four times the same {same}"
    )


def test_topics_of_before_there_were_deadlines_are_overdue_by_their_stage(
    ports: Ports, clock: StillClock, village: Village
) -> None:
    topic = raised(ports, village)
    table = metadata.tables["topic"]
    work(ports, lambda tx: tx.execute(update(table).values(due_at=None, stage_since=None)))
    clock.advance(days=2)
    with ports.db.read() as conn:
        assert views.overdue(conn, clock.now(), village.id) == []
    clock.advance(days=2)
    with ports.db.read() as conn:
        (late,) = views.overdue(conn, clock.now(), village.id)
    assert (late.id, late.due_at) == (topic.id, topic.due_at)


def topic_live(ports: Ports, *topics: Topic) -> Topic:
    """One of them that is still under way."""
    return next(one for one in topics if found(ports, one).stage in (Stage.RAISED, Stage.ACCEPTED, Stage.ASKED))


def test_stages_say_who_may_move_them() -> None:
    assert next_stages(Stage.RAISED, Mover.SCREENER) == [Stage.ACCEPTED, Stage.DECLINED, Stage.MERGED, Stage.ASKED]
    assert next_stages(Stage.RAISED) == []
    assert next_stages(Stage.ACCEPTED) == [Stage.IN_PROGRESS, Stage.DONE]
    assert next_stages(Stage.DONE, Mover.RESIDENTS) == [Stage.IN_PROGRESS]
    assert set(MOVES) == set(Stage)


def test_topics_past_their_deadline_are_listed(
    ports: Ports, clock: StillClock, village: Village, wording: Wording
) -> None:
    first, second = raised(ports, village), raised(ports, village, "水井没水", 1)
    accepted(ports, wording, second)
    clock.advance(days=3)

    def late() -> list[str]:
        with ports.db.read() as conn:
            return [topic.number for topic in views.overdue(conn, clock.now(), village.id)]

    assert late() == [first.number]
    clock.advance(days=27)
    assert late() == [first.number, second.number]
    soon = clock.now() + timedelta(days=2)
    work(ports, lambda tx: actions.move(tx, second.id, Stage.IN_PROGRESS, at=clock.now(), due_at=soon))
    assert late() == [first.number]
    clock.advance(days=2)
    assert late() == [first.number, second.number]
    work(ports, lambda tx: actions.move(tx, second.id, Stage.DONE, at=clock.now()))
    assert late() == [first.number]


def test_residents_rank_the_agenda(ports: Ports, village: Village, wording: Wording) -> None:
    topics = [accepted(ports, wording, raised(ports, village, text, 0)) for text in ("甲事", "乙事", "丙事")]
    raised(ports, village, "没审的事", 0)
    backed(ports, topics[1], *village.people[1:3])
    backed(ports, topics[2], village.people[3])
    with ports.db.read() as conn:
        assert [topic.id for topic in views.agenda(conn, village.id)] == [topics[1].id, topics[2].id, topics[0].id]


def test_hints_name_live_topics_about_the_same(ports: Ports, village: Village) -> None:
    first = raised(ports, village, "村口小学旁边的路灯坏了")
    raised(ports, village, "东村的水井没水", 1)
    again = raised(ports, village, "小学旁边路灯不亮了", 2)
    with ports.db.read() as conn:
        assert [topic.id for topic, _ in views.hints(conn, again)] == [first.id]


def test_title_and_category_stand_over_the_text(ports: Ports, village: Village) -> None:
    topic = raised(ports, village, "我叫张三，家门口路灯坏了，电话13812345678")
    assert topic.category == "roads"
    assert topic.shown == "我叫张**，家门口路灯坏了，电话****"
    titled = work(ports, lambda tx: actions.set_title(tx, topic.number, " 三组  路灯 "))
    assert (titled.shown, titled.text) == ("三组 路灯", topic.text)
    assert work(ports, lambda tx: actions.set_category(tx, topic.number, "safety")).category == "safety"
    for act in (
        lambda tx: actions.set_title(tx, topic.number, ""),
        lambda tx: actions.set_title(tx, topic.number, "长" * 31),
    ):
        assert refused(lambda act=act: work(ports, act)) == "topic_title_wrong"  # type: ignore[misc]
    assert refused(lambda: work(ports, lambda tx: actions.set_category(tx, topic.number, "x"))) == (
        "topic_category_unknown"
    )


def test_recording_gets_its_category_from_the_title(ports: Ports, village: Village) -> None:
    now = ports.clock.now()
    topic = work(ports, lambda tx: actions.raise_spoken_topic(tx, village.id, village.people[0], "RE1", 9, at=now))
    assert (topic.category, topic.shown) == ("", "")
    assert work(ports, lambda tx: actions.set_title(tx, topic.number, "水渠堵了")).category == "farming"


def asked(ports: Ports, topic: Topic, person: int, text: str = "什么时候修?") -> int:
    now = ports.clock.now()
    return int(work(ports, lambda tx: asking.ask(tx, topic.id, person, text, at=now)).id)


def test_question_is_answered_once_and_the_asker_is_told(ports: Ports, village: Village, wording: Wording) -> None:
    topic = accepted(ports, wording, raised(ports, village))
    number = asked(ports, topic, village.people[2])
    now = ports.clock.now()

    def answered(words: str) -> Any:
        return work(ports, lambda tx: asking.answer(tx, number, words, at=now, wording=wording))

    assert refused(lambda: answered(" ")) == "answer_empty"
    assert refused(lambda: answered("长" * 91)) == "answer_too_long"
    with ThreadPoolExecutor(3) as pool:
        outcomes = sorted(pool.map(lambda words: attempt(lambda: answered(words)), ("周五修", "下周修", "不知道")))
    assert outcomes == ["done", "question_answered", "question_answered"]
    assert told(ports)[-1] == ("topic_answer", village.people[2])
    with ports.db.read() as conn:
        (question,) = views.questions(conn, topic.id)
        assert views.waiting_questions(conn, village.id) == []
        assert [entry.kind for entry in record.entries(conn)][-2:] == ["topic.question", "topic.question_answered"]
    assert question.answer in ("周五修", "下周修", "不知道")
    assert not question.by_guest


def test_question_is_put_to_a_guest_who_alone_may_answer(ports: Ports, village: Village, wording: Wording) -> None:
    topic = accepted(ports, wording, raised(ports, village))
    number = asked(ports, topic, village.people[2], "我叫张三，什么时候修?")
    guest = village.people[5]
    now = ports.clock.now()

    def passed() -> Any:
        return work(ports, lambda tx: asking.pass_to_guest(tx, number, guest, at=now, wording=wording))

    assert refused(passed) == "not_a_guest"
    resident = metadata.tables["resident"]
    work(ports, lambda tx: tx.execute(update(resident).where(resident.c.id == guest).values(is_guest=True)))
    passed()
    assert told(ports)[-1] == ("topic_question", guest)
    words = metadata.tables["broadcast_text"]
    with ports.db.read() as conn:
        bodies = conn.execute(words.select().order_by(words.c.broadcast_id.desc())).all()
    assert "我叫张**" in "".join(row.body for row in bodies)

    def answered(who: int) -> Any:
        return work(ports, lambda tx: asking.answer(tx, number, "周五", at=now, wording=wording, guest_id=who))

    assert refused(lambda: answered(village.people[1])) == "question_not_yours"
    assert answered(guest).by_guest
    assert refused(lambda: answered(guest)) == "question_answered"


def test_question_about_a_declined_or_merged_topic(ports: Ports, village: Village, wording: Wording) -> None:
    first, second, third = (raised(ports, village, text) for text in ("甲事", "乙事", "丙事"))
    merged(ports, wording, second, first)
    now = ports.clock.now()
    work(ports, lambda tx: actions.screen(tx, third.number, False, "不归村里管", at=now, wording=wording))
    asked(ports, second, village.people[2])
    with ports.db.read() as conn:
        assert len(views.questions(conn, first.id)) == 1
    assert refused(lambda: asked(ports, third, village.people[2])) == "topic_declined"
    assert refused(lambda: asked(ports, first, village.people[2], "")) == "question_wrong"


def test_hot_spots_count_people_over_communities(ports: Ports, clock: StillClock, village: Village) -> None:
    elsewhere = a_village(ports, 3, code="elsewhere")
    before = clock.now()
    raised(ports, village, "镇上医院太远了", 3)
    clock.advance(days=30)
    start = clock.now()
    first = raised(ports, village, "去镇上医院太远了", 0)
    raised(ports, elsewhere, "镇上的医院太远", 0)
    backed(ports, first, *village.people[1:3])
    for _ in range(5):
        raised(ports, village, "隔壁的狗整夜叫", 4)
    clock.advance(days=30)
    with ports.db.read() as conn:
        both = [village.id, elsewhere.id]
        (spot,) = hotspots.find_hot_spots(conn, both, start, clock.now(), before=before)
        made = digest.make_digest(conn, both, before, start, clock.now())
    assert (spot.people, spot.households, spot.places, spot.people_before, spot.category) == (4, 4, 2, 1, "health")
    assert (made.people, made.people_before, made.topics, made.topics_before) == (5, 1, 7, 1)
    assert made.categories["health"] == (4, 1)


def test_digest_is_plain_words_with_the_trend(
    ports: Ports, clock: StillClock, village: Village, wording: Wording
) -> None:
    before = clock.now()
    clock.advance(days=30)
    start = clock.now()
    topic = raised(ports, village, "我叫张三，村口路灯坏了")
    backed(ports, topic, village.people[1])
    clock.advance(days=30)
    with ports.db.read() as conn:
        made = digest.make_digest(conn, [village.id], before, start, clock.now())
    zh = digest.in_words(made, "石滩村", "2026-12", "zh", wording=wording)
    assert "我叫张**" in zh
    assert "张三" not in zh
    assert "2 人，2 户，1 个村" in zh
    assert "上个月没有" in zh
    assert "2 people, 2 households" in digest.in_words(made, "Shitan", "2026-12", "en", wording=wording)
    with ports.db.read() as conn:
        nothing = digest.make_digest(
            conn, [village.id], before - timedelta(days=60), before - timedelta(days=30), before
        )
    assert "没有两个人以上" in digest.in_words(nothing, "石滩村", "2026-10", "zh", wording=wording)
