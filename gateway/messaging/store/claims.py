"""Queries on what came in: claims, things done once a day, texts to be emptied at the carrier."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import CTE, Insert, Row, bindparam, case, delete, insert, literal_column, select, update
from sqlalchemy.engine import Connection
from sqlalchemy.sql.dml import ReturningInsert

from gateway.kernel.db import UnitOfWork
from gateway.messaging.model import InboxKind, InboxState
from gateway.messaging.store.tables import inbox, insert_or_skip, late_reply, once, redaction, skipping_inserts

_CLAIM = {name: skipping.returning(inbox.c.id) for name, skipping in skipping_inserts(inbox).items()}
_SETTLE = update(inbox).where(inbox.c.id == bindparam("claim"))
_REDACT = skipping_inserts(redaction)


def claim_settled() -> ReturningInsert[tuple[int]]:
    """A claim with its answer, by the values of `inbox.settled_claim`.

    It fails where the key is taken, and with it all that is done in the same transaction.
    """
    columns = (inbox.c.key, inbox.c.kind, inbox.c.state, inbox.c.received_on, inbox.c.answer, inbox.c.community_id)
    names = ("claim_key", "claim_kind", "claim_state", "claim_day", "claim_answer", "claim_community")
    row = {column.name: bindparam(name, type_=column.type) for name, column in zip(names, columns, strict=True)}
    return insert(inbox).values(row).returning(inbox.c.id)


def redact_after(dialect: str, after: CTE | None = None) -> Insert:
    """Note that the carrier is to empty a text, values: redact_id, redact_at; only if there is a row in `after`."""
    row = {
        "carrier_id": bindparam("redact_id", type_=redaction.c.carrier_id.type),
        "due_at": bindparam("redact_at", type_=redaction.c.due_at.type),
        "tries": literal_column("0"),
    }
    if after is None:
        return _REDACT[dialect].values(row)
    return _REDACT[dialect].from_select(list(row), select(*row.values()).select_from(after))


def insert_claim(tx: UnitOfWork, key: str, kind: InboxKind, day: date, state: InboxState) -> int | None:
    """Write a claim; None when the key is taken. Waits for a parallel holder of the same key."""
    row = {"key": key, "kind": kind, "state": state, "received_on": day, "answer": ""}
    return tx.execute(_CLAIM[tx.connection.dialect.name], row).scalar_one_or_none()


def update_claim(tx: UnitOfWork, inbox_id: int, values: dict[str, Any]) -> None:
    """Write what became of a claim."""
    tx.execute(_SETTLE, {"claim": inbox_id, **values})


def answer_for(conn: Connection, key: str) -> str | None:
    """The answer kept for `key`; None when nothing was claimed under it."""
    return conn.execute(select(inbox.c.answer).where(inbox.c.key == key)).scalar_one_or_none()


def waiting_rows(conn: Connection, community_id: int) -> Sequence[Row[Any]]:
    """The texts that wait for a person, oldest first."""
    mine = (inbox.c.community_id == community_id) & (inbox.c.state == InboxState.FOR_PERSON)
    return conn.execute(select(inbox).where(mine).order_by(inbox.c.id)).all()


def take_waiting(tx: UnitOfWork, inbox_id: int) -> bool:
    """Mark a waiting text as answered; False when it does not wait any more."""
    mine = (inbox.c.id == inbox_id) & (inbox.c.state == InboxState.FOR_PERSON)
    return tx.changes_one(update(inbox).where(mine).values(state=InboxState.ANSWERED))


def dealt_with_before(conn: Connection, inbox_ids: Sequence[int], day: date) -> set[int]:
    """Those of texts and calls that came before `day` and wait for nobody."""
    done = (inbox.c.received_on < day) & (inbox.c.state != InboxState.FOR_PERSON) & inbox.c.id.in_(inbox_ids)
    return set(conn.execute(select(inbox.c.id).where(done)).scalars())


def forget_texts_before(tx: UnitOfWork, day: date) -> int:
    """Drop the texts and answers of days before `day`; the claims stay, for a carrier may repeat itself late."""
    kept = (inbox.c.answer != "") | inbox.c.sealed_text.is_not(None)
    old = (inbox.c.received_on < day) & kept
    return tx.execute(update(inbox).where(old).values(answer="", sealed_text=None)).rowcount


def insert_once(tx: UnitOfWork, key: str, day: date) -> bool:
    """Whether this is the first time on that day."""
    noted = insert_or_skip(tx.connection, once).values(key=key, day=day).returning(once.c.key)
    return tx.execute(noted).first() is not None


def forget_once_before(tx: UnitOfWork, day: date) -> int:
    """Drop what was noted for days before `day`."""
    return tx.execute(delete(once).where(once.c.day < day)).rowcount


def insert_redaction(tx: UnitOfWork, carrier_id: str, due_at: datetime) -> None:
    """Note that the carrier is to empty a text."""
    row = {"carrier_id": carrier_id, "due_at": due_at, "tries": 0}
    tx.execute(_REDACT[tx.connection.dialect.name], row)


def due_redactions(conn: Connection, now: datetime, most_tries: int, limit: int) -> Sequence[Row[Any]]:
    """The texts that the carrier is to empty now, but for those that it was asked for often enough."""
    due = (redaction.c.due_at <= now) & (redaction.c.tries < most_tries)
    return conn.execute(select(redaction).where(due).order_by(redaction.c.due_at).limit(limit)).all()


def open_redactions(conn: Connection) -> Sequence[Row[Any]]:
    """All texts that the carrier has not emptied, in the order of their names there, which tells nothing."""
    return conn.execute(select(redaction).order_by(redaction.c.carrier_id)).all()


def delete_redaction(tx: UnitOfWork, redaction_id: int) -> None:
    """The carrier has emptied it, or never will."""
    tx.execute(delete(redaction).where(redaction.c.id == redaction_id))


def postpone_redaction(tx: UnitOfWork, redaction_id: int, due_at: datetime) -> None:
    """Ask the carrier again later."""
    values = {"due_at": due_at, "tries": redaction.c.tries + 1}
    tx.execute(update(redaction).where(redaction.c.id == redaction_id).values(values))


def inbox_ids_of(conn: Connection, resident_id: int) -> list[int]:
    """The texts and calls that are known to be a person's."""
    return list(conn.execute(select(inbox.c.id).where(inbox.c.resident_id == resident_id)).scalars())


def blank_inbox(tx: UnitOfWork, inbox_ids: Sequence[int]) -> None:
    """Forget what these texts and calls were about and whose they were; that they were accepted stays."""
    mine = inbox.c.id.in_(inbox_ids)
    tx.execute(delete(late_reply).where(late_reply.c.inbox_id.in_(inbox_ids)))
    waits = case((inbox.c.state == InboxState.FOR_PERSON, InboxState.ANSWERED), else_=inbox.c.state)
    tx.execute(update(inbox).where(mine).values(sealed_text=None, answer="", resident_id=None, state=waits))


def known_keys(conn: Connection, keys: Sequence[str]) -> set[str]:
    """Which of `keys` are taken."""
    return set(conn.execute(select(inbox.c.key).where(inbox.c.key.in_(keys))).scalars())


def insert_late_reply(tx: UnitOfWork, inbox_id: int, envelope: str, at: datetime) -> None:
    """Write a sealed answer that is to be sent."""
    values = {"inbox_id": inbox_id, "envelope": envelope, "made_at": at, "due_at": at, "tries": 0}
    tx.execute(insert(late_reply).values(values))


def take_late_replies(tx: UnitOfWork, now: datetime, until: datetime, limit: int) -> Sequence[Row[Any]]:
    """The answers that are due, as they were, now somebody else's only after `until`."""
    query = select(late_reply).where(late_reply.c.due_at <= now).order_by(late_reply.c.due_at).limit(limit)
    rows = tx.execute(query.with_for_update(skip_locked=True)).all()
    mine = late_reply.c.inbox_id.in_([row.inbox_id for row in rows])
    tx.execute(update(late_reply).where(mine).values(due_at=until, tries=late_reply.c.tries + 1))
    return rows


def delete_late_reply(tx: UnitOfWork, inbox_id: int) -> None:
    """It is sent, or never will be."""
    tx.execute(delete(late_reply).where(late_reply.c.inbox_id == inbox_id))


def postpone_late_reply(tx: UnitOfWork, inbox_id: int, due_at: datetime) -> None:
    """Try to send it again later."""
    tx.execute(update(late_reply).where(late_reply.c.inbox_id == inbox_id).values(due_at=due_at))
