"""Key 0: a request to be called back goes to the clerk's list, once a day for each caller."""

from __future__ import annotations

from sqlalchemy.engine import Connection

from gateway.conversation.calls.step import Step
from gateway.kernel.db import UnitOfWork
from gateway.messaging import inbox
from gateway.messaging.inbox import InboxKind, InboxState
from gateway.roll import views as roll
from gateway.roll.model import Resident
from ivr_flows.session import Outcome


def is_registered(step: Step, conn: Connection) -> Outcome:
    """Whether there is anybody to call back: calls go only to numbers on the roll, and a stranger changes nothing."""
    community_id = step.values.get("community")
    if isinstance(community_id, int) and (step.values.get("resident") or _people(step, conn, community_id)):
        return Outcome("yes")
    return Outcome("stranger")


def ask_for_person(step: Step, tx: UnitOfWork) -> Outcome:
    """Note that this resident, or somebody of this phone, wants to be called back."""
    community_id, resident_id = step.number("community"), step.values.get("resident")
    if isinstance(resident_id, int):
        text = step.say("call.clerk.callback")
        _note(step, tx, community_id, f"resident:{resident_id}", text, resident_id=resident_id)
        return Outcome("noted")
    codes = [resident.code for resident in _people(step, tx.connection, community_id)]
    text = step.say("call.clerk.callback_phone", codes=", ".join(codes))
    _note(step, tx, community_id, "phone:" + ",".join(codes), text)
    return Outcome("noted_for_phone")


def _people(step: Step, conn: Connection, community_id: int) -> list[Resident]:
    caller = step.call.caller
    return roll.residents_on_phone(conn, community_id, caller) if caller else []


def _note(
    step: Step, tx: UnitOfWork, community_id: int, who: str, text: str, *, resident_id: int | None = None
) -> None:
    key = step.ports.secret.hash("callback", f"{community_id}:{who}:{step.now.date()}")
    claimed = inbox.claim(tx, key, InboxKind.CALL_STEP, at=step.now)
    if claimed is not None:
        inbox.settle(
            tx,
            claimed,
            state=InboxState.FOR_PERSON,
            sealed_text=step.ports.sealer.seal(text.encode()),
            community_id=community_id,
            resident_id=resident_id,
        )
