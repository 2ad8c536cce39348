"""Topics by call: raise one by recording, hear where it stands, back it, say if it was done, hear those of others."""

from __future__ import annotations

from sqlalchemy.engine import Connection

from gateway.conversation.calls.step import Step, spell
from gateway.followup import confirming
from gateway.followup import views as followup
from gateway.followup.model import Verdict
from gateway.kernel.db import UnitOfWork
from gateway.kernel.errors import NotFound, RuleError
from gateway.kernel.ids import has_valid_check_digit
from gateway.topics import actions as topic_actions
from gateway.topics import views as topics
from gateway.topics.model import OVER, PUBLIC_STAGES, Stage, Topic
from ivr_flows.model import Value
from ivr_flows.session import Outcome

# Nobody says what it is about and where in less.
SHORTEST_SECONDS = 2
# More than anybody listens to.
MOST_HEARD = 9


def check_recording(step: Step, _conn: Connection) -> Outcome:
    """Whether there is anything on the recording; silence is caught before anybody has to listen to it."""
    heard = step.text("recording") and step.number("recording_seconds") >= SHORTEST_SECONDS
    return Outcome("good" if heard else "short")


def raise_topic(step: Step, tx: UnitOfWork) -> Outcome:
    """Hand in the recording as a topic; its number is told digit by digit."""
    topic = topic_actions.raise_spoken_topic(
        tx,
        step.number("community"),
        step.number("resident"),
        step.text("recording"),
        step.number("recording_seconds"),
        at=step.now,
    )
    return Outcome("raised", {"topic": spell(topic.number)})


def find_topic(step: Step, conn: Connection) -> Outcome:
    """The topic whose number was keyed; a slip of the finger is told from a number that nobody has."""
    number = step.text("topic_number")
    if not has_valid_check_digit(number):
        return Outcome("slip")
    found = topics.topic(conn, number, step.number("community"))
    return Outcome("found", _offers(step, conn, found)) if found else Outcome("unknown")


def find_mine(step: Step, conn: Connection) -> Outcome:
    """What the caller raised, newest first."""
    return _listed(step, conn, topics.topics_of(conn, step.number("resident")))


def find_others(step: Step, conn: Connection) -> Outcome:
    """What others raised and the village accepted, newest first."""
    resident = step.number("resident")
    found = topics.topics(conn, step.number("community"), sorted(PUBLIC_STAGES - {Stage.DONE}))
    return _listed(step, conn, [topic for topic in found if topic.author_id != resident])


def next_topic(step: Step, conn: Connection) -> Outcome:
    """The one after that."""
    ids, at = step.numbers("topic_ids"), step.number("topic_at") + 1
    if at >= len(ids):
        return Outcome("over")
    return _one(step, conn, ids, at)


def back_topic(step: Step, tx: UnitOfWork) -> Outcome:
    """The caller has it too."""
    topic = topics.topic(tx.connection, step.text("topic"), step.number("community"))
    try:
        new = topic is not None and topic_actions.support(tx, topic.id, step.number("resident"), at=step.now)
    except (RuleError, NotFound):
        return Outcome("closed")
    return Outcome("counted" if new else "already")


def judge_done(step: Step, tx: UnitOfWork) -> Outcome:
    """It is really done."""
    return _judge(step, tx, Verdict.DONE)


def judge_not_done(step: Step, tx: UnitOfWork) -> Outcome:
    """It is not done."""
    return _judge(step, tx, Verdict.NOT_DONE)


def _judge(step: Step, tx: UnitOfWork, verdict: Verdict) -> Outcome:
    topic = topics.topic(tx.connection, step.text("topic"), step.number("community"))
    kept = topic is not None and confirming.judge(tx, topic.id, step.number("resident"), verdict, at=step.now)
    return Outcome("noted" if kept else "gone")


def _listed(step: Step, conn: Connection, found: list[Topic]) -> Outcome:
    ids = [topic.id for topic in found[:MOST_HEARD]]
    return _one(step, conn, ids, 0) if ids else Outcome("none")


def _one(step: Step, conn: Connection, ids: list[int], at: int) -> Outcome:
    """One topic of a list; its title is read out, or played where staff have said one and not written it."""
    topic = topics.topic_by_id(conn, ids[at])
    assert topic
    told = topic.is_public or topic.author_id == step.values.get("resident")
    values = {"topic_ids": ids, "topic_at": at, "more_topics": at + 1 < len(ids), **_offers(step, conn, topic)}
    return Outcome("titled_aloud" if told and topic.spoken_title_id else "written", values)


def _offers(step: Step, conn: Connection, topic: Topic) -> dict[str, Value]:
    """What this caller can do about a topic."""
    resident = step.values.get("resident")
    followers = topics.followers(conn, topic.id)
    return {
        "topic": topic.number,
        "can_back": topic.stage not in (*OVER, Stage.DONE) and resident not in followers,
        "can_judge": isinstance(resident, int) and followup.may_judge(conn, topic, resident),
    }
