"""Who may act for whom by telephone: a person's consent, recorded by the clerk, told to both, ended at any time."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.exc import IntegrityError

from gateway.behalf import store
from gateway.behalf.model import Actor, Help, check_actor
from gateway.kernel.db import UnitOfWork
from gateway.kernel.errors import Conflict, InputError, NotFound
from gateway.messaging.actions import start_broadcast
from gateway.messaging.model import BroadcastDraft
from gateway.record import actions as record
from gateway.roll import views as roll
from gateway.wording.catalogue import Wording

HELPER = "behalf_helper"


def allow(
    tx: UnitOfWork, resident_id: int, helper_id: int, *, by: str, reason: str, at: datetime, wording: Wording
) -> Help:
    """Record that a person wants another resident of the village to act for them; both are told.

    InputError("behalf_reason_wrong", "behalf_name_wrong", "helper_is_self"), NotFound("resident_unknown") for somebody
    elsewhere, Conflict("helper_already").
    """
    clerk = check_actor(Actor(by, reason))
    person, other = roll.resident(tx.connection, resident_id), roll.resident(tx.connection, helper_id)
    if resident_id == helper_id:
        raise InputError("helper_is_self")
    if person.community_id != other.community_id or other.is_guest:
        raise NotFound("resident_unknown")
    values = {"resident_id": resident_id, "helper_id": helper_id, "by": clerk.name, "reason": clerk.reason, "since": at}
    try:
        with tx.connection.begin_nested():
            store.insert_help(tx, values)
    except IntegrityError:
        raise Conflict("helper_already") from None
    _tell(tx, resident_id, "allowed", {"helper": other.name}, at=at, wording=wording)
    _tell(tx, helper_id, "may_help", {"person": person.name, "code": person.code}, at=at, wording=wording)
    record.append(tx, "behalf.helper", f"community:{person.community_id}", {"allowed": True}, at=at)
    found = store.help_for(tx.connection, resident_id, helper_id)
    assert found
    return found


def end(tx: UnitOfWork, resident_id: int, helper_id: int, *, at: datetime, wording: Wording) -> None:
    """End a consent; both are told. NotFound("helper_unknown")."""
    if not store.end_help(tx, resident_id, helper_id, at):
        raise NotFound("helper_unknown")
    person, other = roll.resident(tx.connection, resident_id), roll.resident(tx.connection, helper_id)
    _tell(tx, resident_id, "ended", {"helper": other.name}, at=at, wording=wording)
    _tell(tx, helper_id, "no_more", {"person": person.name}, at=at, wording=wording)
    record.append(tx, "behalf.helper", f"community:{person.community_id}", {"allowed": False}, at=at)


def _tell(tx: UnitOfWork, resident_id: int, key: str, said: dict[str, str], *, at: datetime, wording: Wording) -> None:
    community = roll.community(tx.connection, roll.resident(tx.connection, resident_id).community_id)
    texts, calls = (
        {one: wording.say(f"behalf_news.{key}.{way}", one, village=community.name, **said) for one in wording.languages}
        for way in ("text", "call")
    )
    draft = BroadcastDraft(community.id, HELPER, f"community:{community.code}", texts, calls, [resident_id])
    start_broadcast(tx, draft, at=at)
