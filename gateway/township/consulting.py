"""The verbs of consultations: ask many communities, take an answer, count and carry the result back down.

`ask` and `answer` take `tx`; `close_due` is the clock's and may run twice at once.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from gateway.kernel.db import UnitOfWork
from gateway.kernel.errors import NotFound, RuleError
from gateway.kernel.ports import Ports
from gateway.messaging.actions import note_answered, start_broadcast
from gateway.messaging.beforehand import words_before_call
from gateway.messaging.model import BroadcastDraft
from gateway.record import actions as record
from gateway.record.model import Value, moment_text
from gateway.roll import audience
from gateway.roll import views as roll
from gateway.township import store
from gateway.township.model import (
    CONSULTATION,
    CONSULTATION_RESULT,
    Consultation,
    ConsultationDraft,
    check_draft,
    count,
    subject_of,
)
from gateway.wording.catalogue import SPOKEN, Wording


def ask(tx: UnitOfWork, draft: ConsultationDraft, *, at: datetime, wording: Wording) -> Consultation:
    """Ask everybody with a vote in each community, from its own line and in its own hours.

    NotFound("community_unknown"), RuleError("consultation_elsewhere") for a place that is not below,
    InputError as in `check_draft`.
    """
    check_draft(draft, at)
    own = roll.community(tx.connection, draft.community_id)
    below = {one.id for one in audience.with_children(tx.connection, own)}
    if not set(draft.places) <= below:
        raise RuleError("consultation_elsewhere")
    number = store.insert_consultation(tx, draft)
    made = consultation_of(tx, number)
    people = 0
    for place in draft.places:
        residents = [one.resident_id for one in roll.electorate(tx.connection, place)]
        store.ask(tx, number, place, residents)
        _send(tx, made, place, residents, kind=CONSULTATION, at=at, wording=wording)
        people += len(residents)
    entry: dict[str, Value] = {
        "consultation": number,
        "places": [roll.community(tx.connection, one).code for one in draft.places],
        "asked": people,
        "closes_at": moment_text(draft.closes_at),
    }
    record.append(tx, "consultation.asked", subject_of(number), entry, at=at)
    return made


def answer(tx: UnitOfWork, number: int, resident_id: int, choice: int, *, at: datetime) -> bool:
    """Keep an answer, the last one counts; False when it is over or this person was not asked.

    NotFound("consultation_unknown"), RuleError("no_such_choice").
    """
    found = consultation_of(tx, number)
    if not found.takes_answers(at):
        return False
    if not 1 <= choice <= found.size:
        raise RuleError("no_such_choice")
    note_answered(tx, resident_id, CONSULTATION, subject_of(number))
    return store.put_choice(tx, number, resident_id, choice)


def close_due(ports: Ports, *, wording: Wording) -> int:
    """Count every consultation whose time is over, and tell everybody who was asked; returns how many."""
    now = ports.clock.now()
    with ports.db.read() as conn:
        over = store.find_over(conn, now)
    for number in over:
        with ports.db.work() as tx:
            close(tx, number, at=now, wording=wording)
            tx.commit()
    return len(over)


def close(tx: UnitOfWork, number: int, *, at: datetime, wording: Wording) -> Consultation:
    """Count it now. NotFound("consultation_unknown"), RuleError("consultation_over")."""
    found = consultation_of(tx, number)
    people = store.people_asked(tx.connection, number)
    result = _count(tx, found)
    if not store.close(tx, number, result):
        raise RuleError("consultation_over", consultation=number)
    done = consultation_of(tx, number)
    for place, residents in people.items():
        _send(tx, done, place, residents, kind=CONSULTATION_RESULT, at=at, wording=wording)
    record.append(tx, "consultation.closed", subject_of(number), {"consultation": number, **result}, at=at)
    return done


def lose_what_went_on(tx: UnitOfWork, now: datetime) -> list[int]:
    """After a copy was restored: what may have been counted and told since is not counted again; which."""
    return [number for number in store.find_over(tx.connection, now) if store.lose(tx, number)]


def consultation_of(tx: UnitOfWork, number: int) -> Consultation:
    """The consultation with that number. NotFound("consultation_unknown")."""
    found = store.find(tx.connection, number)
    if found is None:
        raise NotFound("consultation_unknown", consultation=number)
    return found


def _count(tx: UnitOfWork, found: Consultation) -> dict[str, Any]:
    tally = store.tally(tx.connection, found.number)
    codes = {place: roll.community(tx.connection, place).code for place in found.places}
    asked = {code: sum(tally.get(place, {}).values()) for place, code in codes.items()}
    answers = {
        code: [tally.get(place, {}).get(choice, 0) for choice in range(1, found.size + 1)]
        for place, code in codes.items()
    }
    return count(asked, answers)


def _send(
    tx: UnitOfWork,
    found: Consultation,
    place_id: int,
    people: list[int],
    *,
    kind: str,
    at: datetime,
    wording: Wording,
) -> None:
    if not people:
        return
    village, above = roll.community(tx.connection, place_id), roll.community(tx.connection, found.community_id)

    def words(form: str, language: str) -> str:
        question, options = found.words(language, SPOKEN.get(language, ""))
        said = {"village": village.name, "above": above.name, "question": question}
        if kind == CONSULTATION:
            said["options"] = " ".join(f"{at} {one}" for at, one in enumerate(options, start=1))
            return wording.say(f"township_news.ask.{form}", language, **said)
        return _result_words(found, options, said, form=form, language=language, wording=wording)

    draft = BroadcastDraft(
        community_id=place_id,
        kind=kind,
        subject=subject_of(found.number),
        texts={one: words("text", one) for one in wording.languages},
        calls={one: words("call", one) for one in wording.languages},
        audience=people,
        before_call=words_before_call(tx.connection, place_id, wording=wording),
    )
    start_broadcast(tx, draft, at=at)


def _result_words(
    found: Consultation, options: list[str], said: dict[str, str], *, form: str, language: str, wording: Wording
) -> str:
    result = found.result or {}
    if result.get("counts") is None:
        return wording.say(f"township_news.few.{form}", language, **said)
    parts = zip(options, result["counts"], strict=True)
    counts = " ".join(wording.say("township_news.count", language, option=one, people=n) for one, n in parts)
    values: dict[str, str | int] = {**said, "counts": counts, "answered": result["answered"]}
    return wording.say(f"township_news.result.{form}", language, **values)
