"""Read-only queries on topics for answers, pages, commands and metrics."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.engine import Connection

from gateway.topics import recording_store, store
from gateway.topics.categories import OTHER
from gateway.topics.likeness import Alike, Likeness
from gateway.topics.model import LIVE, Question, Recording, Stage, Topic, topic_id_of

ON_AGENDA = (Stage.ACCEPTED, Stage.IN_PROGRESS)


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
    return store.find_topics(conn, [community_id], stages)


def some_topics(
    conn: Connection, community_id: int, stage: Stage | None = None, *, most: int, after: int = 0
) -> list[Topic]:
    """At most so many of a community's topics, newest first, after the newest `after`; of one stage or of all."""
    stages = None if stage is None else [stage]
    return store.find_topics(conn, [community_id], stages, most=most, after=after)


def topics_by_id(conn: Connection, topic_ids: Sequence[int]) -> list[Topic]:
    """The topics with these ids, newest first."""
    return store.find_some(conn, topic_ids)


def first_public(conn: Connection, topic_ids: Sequence[int]) -> Topic | None:
    """The first of these topics that everybody may read; what was declined or waits is not shown by way of others."""
    public = {one.id: one for one in store.find_some(conn, topic_ids) if one.is_public}
    return next((public[one] for one in topic_ids if one in public), None)


def people_behind(conn: Connection, community_id: int, start: datetime, end: datetime) -> set[int]:
    """Everybody who raised or backs a topic that was raised from `start` to before `end`."""
    return set().union(*people_by_category(conn, community_id, start, end).values())


def people_by_category(conn: Connection, community_id: int, start: datetime, end: datetime) -> dict[str, set[int]]:
    """The same people by the category of what they raised or back."""
    found: dict[str, set[int]] = {}
    for category, resident_id in store.voices_of(conn, community_id, start, end):
        found.setdefault(category or OTHER, set()).add(resident_id)
    return found


def topics_of(conn: Connection, resident_id: int) -> list[Topic]:
    """What one person raised, newest first."""
    return store.find_by_author(conn, resident_id)


def topics_backed_by(conn: Connection, resident_id: int) -> list[Topic]:
    """What one person backs, newest first."""
    return store.find_by_supporter(conn, resident_id)


def whole(conn: Connection, found: Topic) -> Topic:
    """The topic that this one goes on as a part of; itself when it was merged into none."""
    into = store.find_topic(conn, found.merged_into) if found.merged_into is not None else None
    return into or found


def agenda(conn: Connection, community_id: int, most: int | None = None) -> list[Topic]:
    """What residents want dealt with, most backed first: accepted topics by supporters, the earlier first of equals."""
    return store.find_most_backed(conn, community_id, Stage.ACCEPTED, most)


def overdue(conn: Connection, at: datetime, community_id: int | None = None) -> list[Topic]:
    """The topics past their stage's deadline, longest overdue first."""
    return store.find_overdue(conn, community_id, at)


def hints(conn: Connection, found: Topic) -> list[tuple[Topic, Alike]]:
    """Live topics of the same community that may be about the same matter, most alike first."""
    words = f"{found.title} {found.text}".strip()
    others = {one.id: one for one in store.find_topics(conn, [found.community_id], list(LIVE)) if one.id != found.id}
    index = Likeness()
    for one in others.values():
        index.add(one.id, f"{one.title} {one.text}")
    return [(others[alike.key], alike) for alike in index.similar(words)]


def followers(conn: Connection, topic_id: int) -> list[int]:
    """Everybody who is told what becomes of a topic, each once: its author first, the authors of those merged into it,
    supporters."""
    found = store.find_topic(conn, topic_id)
    if found is None:
        return []
    authors = [found.author_id, *store.merged_authors(conn, topic_id)]
    return list(dict.fromkeys([*authors, *store.supporter_ids(conn, topic_id)]))


def question(conn: Connection, question_id: int) -> Question | None:
    """The question with that number."""
    return store.find_question(conn, question_id)


def questions(conn: Connection, topic_id: int) -> list[Question]:
    """The questions about a topic, oldest first."""
    return store.find_questions(conn, topic_id, None, waiting=False)


def waiting_questions(conn: Connection, community_id: int) -> list[Question]:
    """The questions of a community that wait for an answer, oldest first."""
    return store.find_questions(conn, None, community_id, waiting=True)


def routed_to(conn: Connection, guest_id: int) -> list[Question]:
    """The questions that wait for a guest's answer, oldest first."""
    return store.find_routed(conn, guest_id)


def answers_to_hear(conn: Connection, asker_id: int) -> list[Question]:
    """The questions of a person that were answered aloud and that they have not heard, oldest first."""
    return store.find_unheard(conn, asker_id)


def recording(conn: Connection, recording_id: int) -> Recording | None:
    """The recording with that id."""
    return recording_store.find_recording(conn, recording_id)


def message(conn: Connection, inbox_id: int) -> Recording | None:
    """What was said for the clerk, by its number on the clerk's list; None where nothing was."""
    return recording_store.find_message(conn, inbox_id)


def unfinished_recordings(conn: Connection) -> list[int]:
    """The recordings still to be fetched or deleted at the carrier."""
    return recording_store.unfinished_recordings(conn)


def counts_by_stage(conn: Connection, community_id: int | None = None) -> dict[str, int]:
    """How many topics stand in each stage, of one community or over all."""
    return store.count_by_stage(conn, community_id)
