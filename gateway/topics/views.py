"""Read-only queries on topics for answers, pages, commands and metrics."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy.engine import Connection

from gateway.topics import store
from gateway.topics.model import Recording, Stage, Topic, topic_id_of


def topic(conn: Connection, number: str, community_id: int | None = None) -> Topic | None:
    """The topic with that number; None when there is none, or none in that community."""
    topic_id = topic_id_of(number)
    found = store.find_topic(conn, topic_id) if topic_id is not None else None
    return found if found and community_id in (None, found.community_id) else None


def topic_by_id(conn: Connection, topic_id: int) -> Topic | None:
    """The topic with that id."""
    return store.find_topic(conn, topic_id)


def topics(conn: Connection, community_id: int, stage: Stage | Sequence[Stage] | None = None) -> list[Topic]:
    """A community's topics, newest first, of one stage, of several or of all."""
    stages = [stage] if isinstance(stage, Stage) else stage
    return store.find_topics(conn, community_id, stages)


def topics_of(conn: Connection, resident_id: int) -> list[Topic]:
    """What one person raised, newest first."""
    return store.find_by_author(conn, resident_id)


def topics_backed_by(conn: Connection, resident_id: int) -> list[Topic]:
    """What one person backs, newest first."""
    return store.find_by_supporter(conn, resident_id)


def followers(conn: Connection, topic_id: int) -> list[int]:
    """Author and supporters of a topic, each once, the author first: who is told what becomes of it."""
    found = store.find_topic(conn, topic_id)
    if found is None:
        return []
    return list(dict.fromkeys([found.author_id, *store.supporter_ids(conn, topic_id)]))


def recording(conn: Connection, recording_id: int) -> Recording | None:
    """The recording with that id."""
    return store.find_recording(conn, recording_id)


def unfinished_recordings(conn: Connection) -> list[int]:
    """The recordings still to be fetched or deleted at the carrier."""
    return store.unfinished_recordings(conn)


def counts_by_stage(conn: Connection) -> dict[str, int]:
    """How many topics stand in each stage, over all communities."""
    return store.count_by_stage(conn)
