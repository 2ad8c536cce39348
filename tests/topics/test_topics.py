"""Topics against real rows: raising, backing, screening, moving, who follows."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from sqlalchemy import select

from gateway.kernel.db import UnitOfWork, metadata
from gateway.kernel.errors import Conflict, GatewayError, InputError, NotFound, RuleError
from gateway.kernel.ids import check_digit
from gateway.kernel.ports import Ports
from gateway.messaging import views as messaging
from gateway.record import views as record
from gateway.topics import actions, store, views
from gateway.topics.model import Stage, Topic, check_text, topic_id_of, topic_number
from gateway.wording.catalogue import Wording
from tests.fakes import RecordingQueue
from tests.polls.village import Village, a_village


@pytest.fixture
def village(ports: Ports) -> Village:
    return a_village(ports, 4)


def work(ports: Ports, act: Callable[[UnitOfWork], Any]) -> Any:
    """Do one thing and commit."""
    with ports.db.work() as tx:
        done = act(tx)
        tx.commit()
    return done


def raised(ports: Ports, village: Village, text: str = "村口路灯坏了", author: int = 0) -> Topic:
    now = ports.clock.now()
    made: Topic = work(ports, lambda tx: actions.raise_topic(tx, village.id, village.people[author], text, at=now))
    return made


def screened(ports: Ports, wording: Wording, number: str, *, accept: bool = True, reason: str = "") -> Topic:
    now = ports.clock.now()
    made: Topic = work(ports, lambda tx: actions.screen(tx, number, accept, reason, at=now, wording=wording))
    return made


def backed(ports: Ports, topic: Topic, resident_id: int) -> bool:
    return bool(work(ports, lambda tx: actions.support(tx, topic.id, resident_id, at=ports.clock.now())))


def moved(ports: Ports, topic: Topic, stage: Stage) -> Topic:
    made: Topic = work(ports, lambda tx: actions.move(tx, topic.id, stage, at=ports.clock.now()))
    return made


def kinds(ports: Ports) -> list[tuple[str, str]]:
    with ports.db.read() as conn:
        return [(entry.kind, entry.subject) for entry in record.entries(conn)]


def broadcasts(ports: Ports) -> list[dict[str, Any]]:
    with ports.db.read() as conn:
        return [dict(row._mapping) for row in conn.execute(select(metadata.tables["broadcast"]))]


def bodies(ports: Ports, channel: str) -> list[str]:
    """What was told, in each language."""
    words = metadata.tables["broadcast_text"]
    with ports.db.read() as conn:
        return list(conn.execute(select(words.c.body).where(words.c.channel == channel)).scalars())


def test_topic_is_raised_with_a_number_and_a_record_entry(ports: Ports, village: Village) -> None:
    topic = raised(ports, village, "  村口  路灯坏了 ")
    assert topic.text == "村口 路灯坏了"
    assert (topic.stage, topic.supporters, topic.recording_id) == (Stage.RAISED, 0, None)
    assert topic.number == f"{topic.id}{check_digit(str(topic.id))}"
    assert topic.raised_at == ports.clock.now()
    assert not topic.is_public
    assert kinds(ports) == [("topic.raised", f"topic:{topic.number}")]
    with ports.db.read() as conn:
        assert views.topic(conn, topic.number) == topic
        assert views.topic(conn, topic.number, village.id) == topic
        assert views.topic(conn, topic.number, village.id + 1) is None
        assert views.topics_of(conn, village.people[0]) == [topic]
        assert "村口" not in str(record.entries(conn))


def test_spoken_topic_asks_for_its_recording(ports: Ports, village: Village, queue: RecordingQueue) -> None:
    now = ports.clock.now()
    topic = work(ports, lambda tx: actions.raise_spoken_topic(tx, village.id, village.people[0], "RE1", 12, at=now))
    assert (topic.text, topic.recording_id is not None) == ("", True)
    assert ("upkeep", "fetch_recording", (topic.recording_id,)) in queue.calls
    with ports.db.read() as conn:
        assert views.unfinished_recordings(conn) == [topic.recording_id]


@pytest.mark.parametrize(
    ("text", "code"), [("", "topic_too_short"), (" 坏 ", "topic_too_short"), ("坏" * 501, "topic_too_long")]
)
def test_text_has_a_least_and_a_greatest_length(text: str, code: str) -> None:
    with pytest.raises(InputError) as refused:
        check_text(text)
    assert refused.value.code == code


def test_support_counts_people_once_and_the_author_not_at_all(ports: Ports, village: Village) -> None:
    topic = raised(ports, village)
    assert [backed(ports, topic, person) for person in (*village.people, village.people[1])] == [
        False, True, True, True, False,
    ]  # fmt: skip
    with ports.db.read() as conn:
        found = views.topic_by_id(conn, topic.id)
        assert found
        assert found.supporters == 3
        assert views.followers(conn, topic.id) == village.people
    assert [kind for kind, _ in kinds(ports)].count("topic.supported") == 3


def test_support_at_the_same_moment_counts_once(ports: Ports, village: Village) -> None:
    topic = raised(ports, village)
    with ThreadPoolExecutor(5) as pool:
        new = list(pool.map(lambda _: backed(ports, topic, village.people[1]), range(5)))
    assert sorted(new) == [False] * 4 + [True]


def test_screening_tells_the_author_by_text_and_call(ports: Ports, village: Village, wording: Wording) -> None:
    topic = raised(ports, village)
    assert screened(ports, wording, topic.number).stage is Stage.ACCEPTED
    (row,) = broadcasts(ports)
    assert (row["kind"], row["subject"]) == ("screening", f"topic:{topic.number}")
    with ports.db.read() as conn:
        progress = messaging.progress(conn, row["id"])
        assert progress.total == 1
        delivery = conn.execute(select(metadata.tables["delivery"])).one()
    assert delivery.resident_id == village.people[0]
    assert all(topic.number in body for body in bodies(ports, "text"))
    assert all(" ".join(topic.number) in body for body in bodies(ports, "call"))
    assert kinds(ports)[-1] == ("topic.accepted", f"topic:{topic.number}")


def test_declining_needs_a_reason_which_the_author_receives(ports: Ports, village: Village, wording: Wording) -> None:
    topic = raised(ports, village)
    for reason, code in (("", "reason_needed"), ("  ", "reason_needed"), ("长" * 101, "reason_too_long")):
        with pytest.raises(InputError) as refused:
            screened(ports, wording, topic.number, accept=False, reason=reason)
        assert refused.value.code == code
    assert broadcasts(ports) == []
    after = screened(ports, wording, topic.number, accept=False, reason="这是邻里之间的事")
    assert (after.stage, after.reason, after.is_public) == (Stage.DECLINED, "这是邻里之间的事", False)
    assert all("这是邻里之间的事" in body for body in bodies(ports, "text"))
    with ports.db.read() as conn:
        assert "邻里" not in str(record.entries(conn))
    with pytest.raises(RuleError) as refused_support:
        backed(ports, topic, village.people[1])
    assert refused_support.value.code == "topic_declined"


def test_second_screening_is_refused(ports: Ports, village: Village, wording: Wording) -> None:
    topic = raised(ports, village)
    screened(ports, wording, topic.number)
    with pytest.raises(RuleError) as refused:
        screened(ports, wording, topic.number, accept=False, reason="doch nicht")
    assert refused.value.code == "topic_screened_already"
    assert len(broadcasts(ports)) == 1


def test_slip_in_the_number_is_told_from_an_unknown_topic(ports: Ports, village: Village, wording: Wording) -> None:
    topic = raised(ports, village)
    slip = f"{topic.number[:-1]}{(int(topic.number[-1]) + 1) % 10}"
    swapped = topic_number(12)[::-1]
    for number, code in (
        (slip, "topic_number_wrong"),
        (swapped, "topic_number_wrong"),
        (topic_number(99), "topic_unknown"),
    ):
        with pytest.raises(NotFound) as refused:
            screened(ports, wording, number)
        assert refused.value.code == code, number


@pytest.mark.parametrize("number", ["", "1", "x", "1a", "１３", "0"])
def test_number_that_is_none_stands_for_no_topic(number: str) -> None:
    assert topic_id_of(number) is None


def test_topic_moves_only_along_its_stages(ports: Ports, village: Village, wording: Wording) -> None:
    topic = raised(ports, village)
    with pytest.raises(RuleError):
        moved(ports, topic, Stage.DONE)
    screened(ports, wording, topic.number, reason="路灯归村里管")
    for stage in (Stage.IN_PROGRESS, Stage.DONE, Stage.IN_PROGRESS):
        after = moved(ports, topic, stage)
        assert (after.stage, after.reason) == (stage, "路灯归村里管")
    with pytest.raises(RuleError) as refused:
        moved(ports, topic, Stage.ACCEPTED)
    assert refused.value.code == "topic_cannot_move"
    with pytest.raises(NotFound):
        work(ports, lambda tx: actions.move(tx, 999, Stage.DONE, at=ports.clock.now()))


def test_stage_that_somebody_else_changed_is_a_conflict(ports: Ports, village: Village) -> None:
    topic = raised(ports, village)
    with ports.db.work() as tx:
        assert store.move_topic(tx, topic.id, Stage.RAISED, Stage.ACCEPTED, at=ports.clock.now())
        assert not store.move_topic(tx, topic.id, Stage.RAISED, Stage.DECLINED, at=ports.clock.now())
    assert issubclass(Conflict, GatewayError)


def test_topics_are_listed_newest_first_and_by_stage(ports: Ports, village: Village, wording: Wording) -> None:
    first, second = raised(ports, village), raised(ports, village, "桥坏了", author=1)
    screened(ports, wording, first.number)
    with ports.db.read() as conn:
        assert [topic.id for topic in views.topics(conn, village.id)] == [second.id, first.id]
        assert [topic.id for topic in views.topics(conn, village.id, Stage.RAISED)] == [second.id]
        assert [topic.id for topic in views.topics(conn, village.id, [Stage.ACCEPTED, Stage.DONE])] == [first.id]
        assert views.topics(conn, village.id + 1) == []
        assert views.counts_by_stage(conn) == {"raised": 1, "accepted": 1}
        assert views.followers(conn, 999) == []
        assert "桥坏了" not in repr(views.topics(conn, village.id))
