"""An update reaches author and supporters, in their language, in the same transaction as its row and record entry."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from sqlalchemy import select

from gateway.followup import views
from gateway.followup.actions import post_update
from gateway.followup.model import LONGEST_PLAIN_WORDS, LONGEST_WORDS, check_words
from gateway.kernel.db import metadata
from gateway.kernel.errors import InputError, NotFound, RuleError
from gateway.kernel.ports import Ports
from gateway.messaging import views as messaging
from gateway.messaging.segments import count_segments
from gateway.record import views as record
from gateway.topics import actions as topics
from gateway.topics import views as topic_views
from gateway.topics.model import Stage, Topic
from gateway.wording.catalogue import Wording
from tests.polls.village import Village, a_village

WORDS = {"zh": "路灯已修好", "en": "The light works"}


@pytest.fixture
def village(ports: Ports) -> Village:
    return a_village(ports, 5)


@pytest.fixture
def topic(ports: Ports, village: Village, wording: Wording) -> Topic:
    """An accepted topic with two supporters."""
    now = ports.clock.now()
    with ports.db.work() as tx:
        made = topics.raise_topic(tx, village.id, village.people[0], "村口路灯坏了", at=now)
        for person in village.people[1:3]:
            topics.support(tx, made.id, person, at=now)
        made = topics.screen(tx, made.number, True, "", at=now, wording=wording)
        tx.commit()
    return made


def post(ports: Ports, topic: Topic, wording: Wording, words: Mapping[str, str] = WORDS, **more: object) -> int:
    with ports.db.work() as tx:
        key = post_update(tx, topic.id, words, at=ports.clock.now(), wording=wording, **more)  # type: ignore[arg-type]
        tx.commit()
    return key


def test_update_goes_to_author_and_supporters(ports: Ports, topic: Topic, wording: Wording) -> None:
    key = post(ports, topic, wording, stage=Stage.DONE)
    with ports.db.read() as conn:
        progress = messaging.progress(conn, key)
        (update,) = views.updates(conn, topic.id)
        after = topic_views.topic_by_id(conn, topic.id)
        kinds = [entry.kind for entry in record.entries(conn)]
    assert (progress.kind, progress.subject, progress.total) == ("update", f"topic:{topic.number}", 3)
    assert (update.words, update.stage, update.posted_at) == (WORDS, Stage.DONE, ports.clock.now())
    assert after
    assert after.stage is Stage.DONE
    assert kinds[-2:] == ["topic.moved", "topic.updated"]


def test_update_for_everyone_goes_to_the_whole_community(
    ports: Ports, village: Village, topic: Topic, wording: Wording
) -> None:
    key = post(ports, topic, wording, everyone=True)
    with ports.db.read() as conn:
        assert messaging.progress(conn, key).total == len(village.people)
        assert views.updates(conn, topic.id)[0].stage is None


def test_updates_are_listed_newest_first(ports: Ports, topic: Topic, wording: Wording) -> None:
    post(ports, topic, wording, {"zh": "正在买灯泡"}, stage=Stage.IN_PROGRESS)
    post(ports, topic, wording, {"zh": "灯泡到了"}, stage=Stage.IN_PROGRESS)
    with ports.db.read() as conn:
        assert [update.words["zh"] for update in views.updates(conn, topic.id)] == ["灯泡到了", "正在买灯泡"]


def test_update_needs_a_public_topic(ports: Ports, village: Village, topic: Topic, wording: Wording) -> None:
    with ports.db.work() as tx:
        raised = topics.raise_topic(tx, village.id, village.people[0], "桥坏了", at=ports.clock.now())
        tx.commit()
    with pytest.raises(RuleError) as refused:
        post(ports, raised, wording)
    assert refused.value.code == "topic_not_public"
    with pytest.raises(NotFound), ports.db.work() as tx:
        post_update(tx, 999, WORDS, at=ports.clock.now(), wording=wording)


def test_update_that_cannot_move_the_topic_leaves_nothing(ports: Ports, topic: Topic, wording: Wording) -> None:
    before = len(_broadcasts(ports))
    with pytest.raises(RuleError) as refused:
        post(ports, topic, wording, stage=Stage.DECLINED)
    assert refused.value.code == "topic_cannot_move"
    with ports.db.read() as conn:
        assert views.updates(conn, topic.id) == []
    assert len(_broadcasts(ports)) == before


def _broadcasts(ports: Ports) -> list[object]:
    with ports.db.read() as conn:
        return list(conn.execute(select(metadata.tables["broadcast"].c.id)).scalars())


@pytest.mark.parametrize(
    ("words", "code"),
    [({}, "update_empty"), ({"zh": "  "}, "update_empty"), ({"zh": "好", "en": ""}, "update_empty"),
     ({"zh": "字" * 91}, "update_too_long"), ({"en": "a" * 181}, "update_too_long"), ({"en": "é" * 91}, "update_too_long")],
)  # fmt: skip
def test_words_are_neither_empty_nor_too_long(words: dict[str, str], code: str) -> None:
    with pytest.raises(InputError) as refused:
        check_words(words)
    assert refused.value.code == code


def test_longest_update_keeps_to_two_segments(wording: Wording) -> None:
    longest = {"zh": "字" * LONGEST_WORDS, "en": "a" * LONGEST_PLAIN_WORDS}
    village = {"zh": "上石盘水村", "en": "Upper Stonewater"}
    for language, words in check_words(longest).items():
        for stage in (Stage.ACCEPTED, Stage.IN_PROGRESS, Stage.DONE):
            for key, name in (("update.text", "update.stage"), ("text.status.updated", "text.stage")):
                said = wording.say(f"{name}.{stage}", language)
                text = wording.say(key, language, village=village[language], topic="12875", stage=said, words=words)
                assert count_segments(text).segments <= 2, (key, stage)
