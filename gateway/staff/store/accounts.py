"""The table of accounts, their further posts, and the queries on both."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Integer,
    LargeBinary,
    Row,
    Select,
    String,
    Table,
    delete,
    insert,
    select,
    update,
)
from sqlalchemy.engine import Connection

from gateway.kernel.db import Id, Moment, UnitOfWork, metadata
from gateway.staff.model import WRONG_PASSWORDS_ALLOWED, Role, Staff

staff = Table(
    "staff",
    metadata,
    Column("id", Id, primary_key=True),
    Column("name", String(60), nullable=False, unique=True),
    Column("password_hash", String(160), nullable=False),
    Column("role", String(20), nullable=False),
    Column("community_id", ForeignKey("community.id")),
    Column("created_at", Moment, nullable=False),
    Column("disabled", Boolean, nullable=False, default=False),
    Column("failures", Integer, nullable=False, default=0),
    Column("failed_at", Moment),
    Column("phone", String(16), index=True),
    Column("pin_hash", String(160)),
    Column("pin_failures", Integer, nullable=False, default=0),
    Column("totp_sealed", LargeBinary),
    Column("totp_step", BigInteger, nullable=False, default=0),
)

# What an account is in a community besides its own role there.
post = Table(
    "staff_post",
    metadata,
    Column("staff_id", ForeignKey("staff.id"), primary_key=True),
    Column("community_id", ForeignKey("community.id"), primary_key=True),
    Column("role", String(20), nullable=False),
)


def select_staff() -> Select[Any]:
    """Accounts; the caller narrows it down."""
    return select(staff)


def to_staff(row: Row[Any]) -> Staff:
    """An account from a row of `select_staff`."""
    has_code = row.totp_sealed is not None and row.totp_step > 0
    return Staff(row.id, row.name, Role(row.role), row.community_id, row.disabled, has_code)


def insert_staff(tx: UnitOfWork, values: dict[str, Any]) -> int:
    """Write an account; returns its id."""
    key: int = tx.execute(insert(staff).values(values).returning(staff.c.id)).scalar_one()
    return key


def find_by_name(conn: Connection, name: str) -> Row[Any] | None:
    """The row of the account called `name`."""
    return conn.execute(select_staff().where(staff.c.name == name)).first()


def count_try(tx: UnitOfWork, staff_id: int, *, at: datetime, unlocked_before: datetime) -> bool:
    """Count a try before it is looked at, as wrong until proven right; False when the account is locked.

    After `unlocked_before` has passed its last wrong try, an account starts counting anew.
    """
    rested = update(staff).where(staff.c.id == staff_id, staff.c.failed_at < unlocked_before)
    tx.execute(rested.values(failures=0, failed_at=None))
    is_open = staff.c.failures < WRONG_PASSWORDS_ALLOWED
    counted = update(staff).where(staff.c.id == staff_id, staff.c.disabled.is_(False), is_open)
    return tx.changes_one(counted.values(failures=staff.c.failures + 1, failed_at=at))


def forget_tries(tx: UnitOfWork, staff_id: int) -> None:
    """Start counting anew after a right password."""
    tx.execute(update(staff).where(staff.c.id == staff_id).values(failures=0, failed_at=None))


def change_staff(tx: UnitOfWork, name: str, **values: Any) -> bool:
    """Set columns of the account called `name`; False when there is none."""
    return tx.changes_one(update(staff).where(staff.c.name == name).values(**values))


def pin_state(conn: Connection, staff_id: int) -> tuple[str | None, int]:
    """The hash of the PIN of an account in use (None: it has none) and how often in a row it was wrong."""
    query = select(staff.c.pin_hash, staff.c.pin_failures).where(staff.c.id == staff_id, staff.c.disabled.is_(False))
    row = conn.execute(query).first()
    return (row.pin_hash, row.pin_failures) if row else (None, 0)


def count_wrong_pin(tx: UnitOfWork, staff_id: int) -> int:
    """Count one wrong try; returns how many there are now."""
    counted = update(staff).where(staff.c.id == staff_id).values(pin_failures=staff.c.pin_failures + 1)
    return tx.execute(counted.returning(staff.c.pin_failures)).scalar() or 0


def forget_wrong_pins(tx: UnitOfWork, staff_id: int) -> None:
    """Start counting anew after a right PIN."""
    tx.execute(update(staff).where(staff.c.id == staff_id).values(pin_failures=0))


def put_post(tx: UnitOfWork, staff_id: int, community_id: int, role: Role | None) -> None:
    """Set what an account is in a community; None: nothing."""
    mine = (post.c.staff_id == staff_id) & (post.c.community_id == community_id)
    tx.execute(delete(post).where(mine))
    if role is not None:
        tx.execute(insert(post).values(staff_id=staff_id, community_id=community_id, role=role))


def posts_of(conn: Connection, staff_id: int) -> dict[int, Role]:
    """What an account is in which communities, besides its own role."""
    rows = conn.execute(select(post.c.community_id, post.c.role).where(post.c.staff_id == staff_id))
    return {row.community_id: Role(row.role) for row in rows}


def put_totp(tx: UnitOfWork, staff_id: int, sealed: bytes | None) -> None:
    """Keep a new secret, which counts from its first right code on; None: the account has none."""
    tx.execute(update(staff).where(staff.c.id == staff_id).values(totp_sealed=sealed, totp_step=0))


def use_totp_step(tx: UnitOfWork, staff_id: int, step: int) -> bool:
    """Use up a step of time; False when it, or a later one, has been used."""
    fresh = update(staff).where(staff.c.id == staff_id, staff.c.totp_step < step)
    return tx.changes_one(fresh.values(totp_step=step))
