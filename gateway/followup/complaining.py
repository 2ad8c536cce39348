"""The verbs of complaints: make one by text or voice, answer it, let what waits too long go up.

The record holds that there was one and when it was answered: no words, nobody's name. What is not answered in time goes
to the community above, for a complaint may be about those who should answer it.
"""

from __future__ import annotations

from datetime import datetime

from gateway.followup.complaint import (
    COMPLAINT_ANSWER,
    Complaint,
    check_complaint,
    check_complaint_answer,
    complaint_id_of,
)
from gateway.followup.desk import put_on_list
from gateway.followup.store import complaints
from gateway.kernel.db import UnitOfWork
from gateway.kernel.errors import Conflict, NotFound
from gateway.kernel.ports import Ports
from gateway.messaging.actions import start_broadcast
from gateway.messaging.beforehand import words_before_call
from gateway.messaging.model import BroadcastDraft
from gateway.record import actions as record
from gateway.roll import views as roll
from gateway.topics import actions as topics
from gateway.wording.catalogue import Wording


def complain(
    tx: UnitOfWork,
    resident_id: int,
    text: str,
    *,
    at: datetime,
    ports: Ports,
    wording: Wording,
    topic_id: int | None = None,
) -> Complaint:
    """Take a complaint in words; the clerk's list says that there is one.

    NotFound("resident_unknown"), InputError("complaint_too_short", "complaint_too_long").
    """
    values: dict[str, str | int | None] = {"text": check_complaint(text), "topic_id": topic_id}
    return _keep(tx, resident_id, values, at=at, ports=ports, wording=wording)


def complain_aloud(
    tx: UnitOfWork,
    resident_id: int,
    carrier_recording_id: str,
    seconds: int,
    *,
    at: datetime,
    ports: Ports,
    wording: Wording,
) -> Complaint:
    """Take a complaint by a recording that lies at the carrier; a worker fetches it. Errors as above."""
    recording_id = topics.keep_recording(tx, carrier_recording_id, seconds)
    values: dict[str, str | int | None] = {"text": "", "recording_id": recording_id}
    return _keep(tx, resident_id, values, at=at, ports=ports, wording=wording)


def answer(tx: UnitOfWork, number: str, words: str, *, at: datetime, wording: Wording, by: str = "") -> Complaint:
    """Answer a complaint; whoever made it is told by text or call.

    NotFound("complaint_unknown"), InputError("answer_empty", "answer_too_long"), Conflict("complaint_answered").
    """
    words = check_complaint_answer(words)
    found = complaint_of(tx, number)
    if not complaints.answer_complaint(tx, found.id, words, by, at):
        raise Conflict("complaint_answered", complaint=number)
    _tell(tx, found, words, at=at, wording=wording)
    days = (at - found.made_at).days
    record.append(tx, "complaint.answered", f"complaint:{number}", {"days": days}, at=at)
    return complaint_of(tx, number)


def escalate_due(ports: Ports, *, wording: Wording) -> int:
    """Let complaints that were not answered in time go up; returns how many. Own transactions; may run twice."""
    now = ports.clock.now()
    with ports.db.read() as conn:
        late = complaints.find_to_escalate(conn, now)
    return sum(_escalate(ports, complaint_id, now, wording) for complaint_id in late)


def complaint_of(tx: UnitOfWork, number: str) -> Complaint:
    """The complaint with that number. NotFound("complaint_unknown")."""
    complaint_id = complaint_id_of(number)
    found = complaints.find_complaint(tx.connection, complaint_id) if complaint_id is not None else None
    if found is None:
        raise NotFound("complaint_unknown")
    return found


def _keep(
    tx: UnitOfWork,
    resident_id: int,
    values: dict[str, str | int | None],
    *,
    at: datetime,
    ports: Ports,
    wording: Wording,
) -> Complaint:
    place = roll.community(tx.connection, roll.resident(tx.connection, resident_id).community_id)
    whose = {"community_id": place.id, "resident_id": resident_id}
    key = complaints.insert_complaint(tx, {**values, **whose}, at)
    made = complaints.find_complaint(tx.connection, key)
    assert made
    words = wording.say("followup_news.desk.complaint", place.languages[0], complaint=made.number)
    put_on_list(tx, ports, place.id, f"complaint:{key}", words, at=at, resident_id=resident_id)
    record.append(tx, "complaint.made", f"complaint:{made.number}", {}, at=at)
    return made


def _tell(tx: UnitOfWork, found: Complaint, words: str, *, at: datetime, wording: Wording) -> None:
    village = roll.community(tx.connection, found.community_id).name

    def say(form: str, language: str, number: str) -> str:
        key = f"followup_news.complaint_answer.{form}"
        return wording.say(key, language, village=village, complaint=number, words=words)

    languages = wording.languages
    draft = BroadcastDraft(
        community_id=found.community_id,
        kind=COMPLAINT_ANSWER,
        subject=f"complaint:{found.number}",
        texts={language: say("text", language, found.number) for language in languages},
        calls={language: say("call", language, topics.spaced(found.number)) for language in languages},
        audience=[found.resident_id],
        before_call=words_before_call(tx.connection, found.community_id, wording=wording),
    )
    start_broadcast(tx, draft, at=at)


def _escalate(ports: Ports, complaint_id: int, now: datetime, wording: Wording) -> bool:
    with ports.db.work() as tx:
        found = complaints.find_complaint(tx.connection, complaint_id)
        went = found is not None and complaints.note_escalated(tx, complaint_id, now)
        if found and went:
            _up(tx, found, now, ports, wording)
        tx.commit()
    return went


def _up(tx: UnitOfWork, found: Complaint, now: datetime, ports: Ports, wording: Wording) -> None:
    """Onto the list of the community above; onto its own, where there is none above."""
    place = roll.community(tx.connection, found.community_id)
    above = roll.community(tx.connection, place.parent_id) if place.parent_id is not None else place
    key = "followup_news.desk.complaint_late"
    words = wording.say(key, above.languages[0], village=place.name, complaint=found.number)
    put_on_list(tx, ports, above.id, f"complaint_late:{found.id}", words, at=now)
    record.append(tx, "complaint.overdue", f"complaint:{found.number}", {}, at=now)
