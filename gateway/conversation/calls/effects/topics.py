"""Raising a topic by recording, and hearing where one stands."""

from __future__ import annotations

from sqlalchemy.engine import Connection

from gateway.conversation.calls.step import Step, spell
from gateway.kernel.db import UnitOfWork
from gateway.kernel.ids import has_valid_check_digit
from gateway.topics import actions as topic_actions
from gateway.topics import views as topics
from ivr_flows.session import Outcome

# Nobody says what it is about and where in less.
SHORTEST_SECONDS = 2


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
    return Outcome("found", {"topic": found.number}) if found else Outcome("unknown")
