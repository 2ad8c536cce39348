"""Read-only queries on updates and on what residents say of them."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy.engine import Connection

from gateway.followup import store
from gateway.followup.model import Update, Verdict
from gateway.topics import views as topics
from gateway.topics.model import Stage, Topic


def updates(conn: Connection, topic_id: int) -> list[Update]:
    """The updates on a topic, newest first."""
    return store.find_updates(conn, topic_id)


def last_updated(conn: Connection, topic_ids: Sequence[int], most: int) -> list[int]:
    """Those of `topic_ids` that have updates, the last updated first, `most` at most."""
    return store.last_updated(conn, topic_ids, most)


def to_be_judged_by(conn: Connection, resident_id: int) -> list[Topic]:
    """What is called done and concerns this person, who has not said yet whether it is; newest first."""
    judged = store.judged_by(conn, resident_id)
    followed = [*topics.topics_of(conn, resident_id), *topics.topics_backed_by(conn, resident_id)]
    return [topic for topic in followed if topic.stage is Stage.DONE and topic.id not in judged]


def may_judge(conn: Connection, topic: Topic, resident_id: int) -> bool:
    """Whether somebody can still say of a topic if it is really done."""
    return topic.stage is Stage.DONE and topic.id not in store.judged_by(conn, resident_id)


def verdicts(conn: Connection, topic_id: int) -> dict[Verdict, int]:
    """How many people say what of a topic; nobody learns who."""
    return store.count_verdicts(conn, topic_id)
