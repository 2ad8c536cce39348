"""Key 0: a request to be called back goes to the clerk's list, once a day for each caller; at night also a message."""

from __future__ import annotations

from sqlalchemy.engine import Connection

from gateway.conversation.calls.step import Step
from gateway.kernel.db import UnitOfWork
from gateway.messaging import calendars, inbox
from gateway.messaging.inbox import InboxKind, InboxState
from gateway.roll import views as roll
from gateway.roll.model import Channel, Resident
from gateway.topics import actions as topics
from ivr_flows.session import Outcome


def is_registered(step: Step, conn: Connection) -> Outcome:
    """Whether there is anybody to call back: calls go only to numbers on the roll, and a stranger changes nothing."""
    community_id = step.values.get("community")
    if isinstance(community_id, int) and (step.values.get("resident") or _people(step, conn, community_id)):
        return Outcome("yes")
    return Outcome("stranger")


def check_hours(step: Step, conn: Connection) -> Outcome:
    """Whether anybody is there: at the hours at which the village calls, and not on the days that it keeps free."""
    calendar = calendars.calendar(conn, step.number("community"))
    return Outcome("open" if calendar.window(Channel.CALL).is_open(step.now) else "closed")


def ask_for_person(step: Step, tx: UnitOfWork) -> Outcome:
    """Note that this resident, or somebody of this phone, wants to be called back."""
    _note(step, tx, "callback", str(step.now.date()))
    return _noted(step)


def leave_message(step: Step, tx: UnitOfWork) -> Outcome:
    """Put what was just said on the clerk's list; each message is one of its own."""
    recording = step.text("recording")
    claimed = _note(step, tx, "message", recording)
    if claimed is not None:
        topics.keep_message(tx, claimed, recording, step.number("recording_seconds"))
    return _noted(step)


def _noted(step: Step) -> Outcome:
    return Outcome("noted" if isinstance(step.values.get("resident"), int) else "noted_for_phone")


def _people(step: Step, conn: Connection, community_id: int) -> list[Resident]:
    caller = step.call.caller
    return roll.residents_on_phone(conn, community_id, caller) if caller else []


def _note(step: Step, tx: UnitOfWork, what: str, which: str) -> int | None:
    """Put the caller on the clerk's list; None when the same is there already."""
    community_id, resident = step.number("community"), step.values.get("resident")
    resident_id = resident if isinstance(resident, int) else None
    codes = [] if resident_id else [one.code for one in _people(step, tx.connection, community_id)]
    who = f"resident:{resident_id}" if resident_id else "phone:" + ",".join(codes)
    key = step.ports.secret.hash(what, f"{community_id}:{who}:{which}")
    claimed = inbox.claim(tx, key, InboxKind.CALL_STEP, at=step.now)
    if claimed is not None:
        inbox.settle(
            tx,
            claimed,
            state=InboxState.FOR_PERSON,
            sealed_text=step.ports.sealer.seal(_for_clerk(step, what, codes).encode()),
            community_id=community_id,
            resident_id=resident_id,
        )
    return claimed


def _for_clerk(step: Step, what: str, codes: list[str]) -> str:
    if codes:
        return step.say(f"call.clerk.{what}_phone", codes=", ".join(codes))
    return step.say(f"call.clerk.{what}")
