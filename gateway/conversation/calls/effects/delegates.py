"""A delegate's spoken answer to a topic: given in a call, and heard by whoever asks where the topic stands."""

from __future__ import annotations

from sqlalchemy.engine import Connection

from gateway.conversation.calls.step import Step
from gateway.conversation.pending import source_of
from gateway.delegates import referring
from gateway.delegates import views as delegates
from gateway.kernel.db import UnitOfWork
from gateway.kernel.errors import GatewayError
from gateway.messaging import views as messaging
from gateway.topics import views as topics
from ivr_flows.session import Outcome


def give_reply(step: Step, tx: UnitOfWork) -> Outcome:
    """Hand in the recording as the answer; it may have been answered meanwhile."""
    asked = step.text("asked")
    later = {"asked_later": ",".join({*filter(None, step.text("asked_later").split(",")), asked})}
    try:
        with tx.connection.begin_nested():
            referring.answer_aloud(
                tx,
                source_of(asked)[1],
                step.text("recording"),
                step.number("recording_seconds"),
                guest_id=step.number("resident"),
                at=step.now,
                wording=step.wording,
            )
    except GatewayError:
        return Outcome("gone", later)
    return Outcome("noted", later)


def find_reply(step: Step, conn: Connection) -> Outcome:
    """Whether a delegate has answered the topic aloud, and nobody has written it down."""
    topic = topics.topic(conn, step.text("topic"))
    found = delegates.spoken_answer(conn, topic.id) if topic and topic.is_public else None
    return Outcome("some", {"reply": found.id}) if found else Outcome("none")


def hear_reply(step: Step, conn: Connection) -> Outcome:
    """The answer that a call of ours tells of."""
    script = messaging.call_script(conn, step.number("attempt"), step.number("resident"))
    reply = int(script.subject.partition(":")[2]) if script else 0
    found = delegates.referral(conn, reply)
    return Outcome("some", {"reply": reply}) if found and found.is_spoken else Outcome("none")
