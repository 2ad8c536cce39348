"""The sounds that a menu lets a caller hear, and the sealed addresses at which the carrier finds them.

Whoever has the address can hear the sound for an hour; nobody can make one, and it tells nothing of whose it is.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

from sqlalchemy.engine import Connection

from gateway.conversation.calls.step import Step
from gateway.delegates import views as delegates
from gateway.kernel.errors import InputError
from gateway.kernel.sealing import DaySealer
from gateway.topics import views as topics

LASTS = timedelta(hours=1)


@dataclass(frozen=True)
class Sound:
    """A recording: the carrier's name for it, and our own number once it is a topic's (0 before)."""

    carrier_recording_id: str
    recording_id: int = 0


def seal_sound(sound: Sound, *, sealer: DaySealer, now: datetime) -> str:
    """A token that stands for `sound` for an hour."""
    return sealer.seal(json.dumps(asdict(sound) | {"until": (now + LASTS).timestamp()}).encode())


def open_sound(token: str, *, sealer: DaySealer, now: datetime) -> Sound | None:
    """The sound that a token stands for; None when it was altered or its time is over."""
    try:
        data = json.loads(sealer.open(token))
        return Sound(data["carrier_recording_id"], data["recording_id"]) if data["until"] > now.timestamp() else None
    except (InputError, ValueError, KeyError, TypeError):
        return None


def _just_made(step: Step, _conn: Connection) -> Sound | None:
    name = step.text("recording")
    return Sound(name) if name else None


def _new_topic(step: Step, conn: Connection) -> Sound | None:
    topic = topics.topic_by_id(conn, step.number("new_topic"))
    found = topics.recording(conn, topic.recording_id) if topic and topic.recording_id else None
    return Sound(found.carrier_recording_id, found.id) if found else None


def _title(step: Step, conn: Connection) -> Sound | None:
    topic = topics.topic(conn, step.text("topic"))
    found = topics.recording(conn, topic.spoken_title_id) if topic and topic.spoken_title_id else None
    return Sound(found.carrier_recording_id, found.id) if found else None


def _answer(step: Step, conn: Connection) -> Sound | None:
    question = topics.question(conn, step.number("answered"))
    kept = question.answer_recording_id if question else None
    found = topics.recording(conn, kept) if kept is not None else None
    return Sound(found.carrier_recording_id, found.id) if found else None


def _reply(step: Step, conn: Connection) -> Sound | None:
    answered = delegates.referral(conn, step.number("reply"))
    kept = answered.recording_id if answered else None
    found = topics.recording(conn, kept) if kept is not None else None
    return Sound(found.carrier_recording_id, found.id) if found else None


SOUNDS: Mapping[str, Callable[[Step, Connection], Sound | None]] = {
    "recording": _just_made,
    "new_topic": _new_topic,
    "title": _title,
    "answer": _answer,
    "reply": _reply,
}
