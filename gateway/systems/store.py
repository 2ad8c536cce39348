"""The tables of tokens, webhooks and messages to them. No other room touches them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Column,
    ForeignKey,
    Integer,
    Row,
    String,
    Table,
    UniqueConstraint,
    insert,
    select,
    update,
)
from sqlalchemy.engine import Connection

from gateway.kernel.db import Id, Moment, UnitOfWork, metadata
from gateway.systems.model import Hook, Message, MessageState, Scope, Token

system_token = Table(
    "system_token",
    metadata,
    Column("id", Id, primary_key=True),
    Column("name", String(60), nullable=False),
    Column("community_id", ForeignKey("community.id")),
    Column("scopes", String(60), nullable=False),
    Column("secret_hash", String(64), nullable=False, unique=True),
    Column("guest_id", ForeignKey("resident.id")),
    Column("created_at", Moment, nullable=False),
    Column("expires_at", Moment, nullable=False),
    Column("revoked_at", Moment),
)

system_hook = Table(
    "system_hook",
    metadata,
    Column("id", Id, primary_key=True),
    Column("name", String(60), nullable=False),
    Column("url", String(500), nullable=False),
    Column("community_id", ForeignKey("community.id")),
    Column("kinds", JSON, nullable=False),
    Column("cursor", BigInteger, nullable=False),
    Column("sealed_secret", String(200), nullable=False),
    Column("removed_at", Moment),
)

system_message = Table(
    "system_message",
    metadata,
    Column("id", Id, primary_key=True),
    Column("hook_id", ForeignKey("system_hook.id"), nullable=False),
    Column("seq", BigInteger, nullable=False),
    Column("state", String(10), nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("due_at", Moment, nullable=False, index=True),
    Column("answer", Integer, nullable=False),
    UniqueConstraint("hook_id", "seq"),
)


# --- tokens ------------------------------------------------------------------------------------------------------


def insert_token(tx: UnitOfWork, values: dict[str, Any]) -> int:
    """Write a token; returns its id."""
    key: int = tx.execute(insert(system_token).values(values).returning(system_token.c.id)).scalar_one()
    return key


def find_token(conn: Connection, secret_hash: str) -> Token | None:
    """The token with that hash."""
    row = conn.execute(select(system_token).where(system_token.c.secret_hash == secret_hash)).first()
    return _to_token(row) if row else None


def list_tokens(conn: Connection) -> list[Token]:
    """All tokens, by id."""
    return [_to_token(row) for row in conn.execute(select(system_token).order_by(system_token.c.id))]


def revoke_token(tx: UnitOfWork, token_id: int, at: datetime) -> bool:
    """Note that a token opens nothing any more; False when there is none, or it was revoked before."""
    mine = (system_token.c.id == token_id) & system_token.c.revoked_at.is_(None)
    return tx.changes_one(update(system_token).where(mine).values(revoked_at=at))


def _to_token(row: Row[Any]) -> Token:
    return Token(
        id=row.id,
        name=row.name,
        community_id=row.community_id,
        scopes=frozenset(Scope(one) for one in row.scopes.split(",")),
        guest_id=row.guest_id,
        created_at=row.created_at,
        expires_at=row.expires_at,
        revoked_at=row.revoked_at,
    )


# --- webhooks ----------------------------------------------------------------------------------------------------


def insert_hook(tx: UnitOfWork, values: dict[str, Any]) -> int:
    """Write a webhook; returns its id."""
    key: int = tx.execute(insert(system_hook).values(values).returning(system_hook.c.id)).scalar_one()
    return key


def find_hook(conn: Connection, hook_id: int) -> Hook | None:
    """The webhook with that id, unless it was removed."""
    row = conn.execute(select(system_hook).where(system_hook.c.id == hook_id, _KEPT)).first()
    return _to_hook(row) if row else None


def list_hooks(conn: Connection) -> list[Hook]:
    """All webhooks that were not removed, by id."""
    return [_to_hook(row) for row in conn.execute(select(system_hook).where(_KEPT).order_by(system_hook.c.id))]


def remove_hook(tx: UnitOfWork, hook_id: int, at: datetime) -> bool:
    """Forget a webhook's secret and tell it nothing more; False when there is none."""
    mine = (system_hook.c.id == hook_id) & _KEPT
    return tx.changes_one(update(system_hook).where(mine).values(removed_at=at, sealed_secret=""))


def move_cursor(tx: UnitOfWork, hook_id: int, before: int, after: int) -> bool:
    """Note up to where a webhook has been served; False when another process was first."""
    mine = (system_hook.c.id == hook_id) & (system_hook.c.cursor == before)
    return tx.changes_one(update(system_hook).where(mine).values(cursor=after))


def _to_hook(row: Row[Any]) -> Hook:
    return Hook(row.id, row.name, row.url, row.community_id, tuple(row.kinds), row.cursor, row.sealed_secret)


_KEPT = system_hook.c.removed_at.is_(None)


# --- messages ----------------------------------------------------------------------------------------------------


def insert_messages(tx: UnitOfWork, hook_id: int, seqs: list[int], at: datetime) -> None:
    """Write messages that are due at once."""
    rows = [
        {"hook_id": hook_id, "seq": seq, "state": MessageState.WAITING, "attempts": 0, "due_at": at, "answer": 0}
        for seq in seqs
    ]
    if rows:
        tx.execute(insert(system_message), rows)


def find_due(conn: Connection, at: datetime, most: int) -> list[Message]:
    """The messages that are due, the longest due first."""
    waiting = (system_message.c.state == MessageState.WAITING) & (system_message.c.due_at <= at)
    query = select(system_message).where(waiting).order_by(system_message.c.due_at, system_message.c.id).limit(most)
    return [_to_message(row) for row in conn.execute(query)]


def claim(tx: UnitOfWork, message: Message, until: datetime) -> bool:
    """Keep a message from other processes until that moment; False when one of them has it."""
    mine = (system_message.c.id == message.id) & (system_message.c.due_at == message.due_at)
    waiting = system_message.c.state == MessageState.WAITING
    return tx.changes_one(update(system_message).where(mine, waiting).values(due_at=until))


def settle(tx: UnitOfWork, message_id: int, **values: Any) -> None:
    """Note what came of an attempt."""
    tx.execute(update(system_message).where(system_message.c.id == message_id).values(**values))


def messages_of(conn: Connection, hook_id: int) -> Iterator[Message]:
    """The messages to a webhook, newest first."""
    query = select(system_message).where(system_message.c.hook_id == hook_id).order_by(system_message.c.seq.desc())
    return map(_to_message, conn.execute(query))


def _to_message(row: Row[Any]) -> Message:
    return Message(row.id, row.hook_id, row.seq, MessageState(row.state), row.attempts, row.due_at, row.answer)
