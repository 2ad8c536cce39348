"""The verbs of accounts. Those that take `tx` never commit; `check_password` has transactions of its own."""

from __future__ import annotations

from datetime import datetime

from argon2.exceptions import InvalidHashError, VerificationError

from gateway.kernel.clock import Clock
from gateway.kernel.db import Database, UnitOfWork
from gateway.kernel.errors import Conflict, InputError, NotFound
from gateway.kernel.phones import PhoneNumber
from gateway.kernel.randomness import Randomness
from gateway.kernel.secret import Secret
from gateway.staff import views
from gateway.staff.model import (
    LOCKED_FOR,
    SHORTEST_PASSWORD,
    WRONG_PINS_ALLOWED,
    PinCheck,
    Role,
    Staff,
    make_pin,
    password_hasher,
)
from gateway.staff.store import accounts as store

LONGEST_NAME = 60
_PIN_PURPOSE = "staff pin"
# Verified in place of an account that does not exist, so that both take the same time. No password has this hash.
_NOBODY = "$argon2id$v=19$m=19456,t=2,p=1$MDEyMzQ1Njc4OWFiY2RlZg$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"


def add_staff(
    tx: UnitOfWork, name: str, password: str, role: Role, community_id: int | None = None, *, at: datetime
) -> Staff:
    """Add an account. InputError("staff_name_unreadable", "password_too_short"), Conflict("staff_exists")."""
    name = name.strip()
    if not 0 < len(name) <= LONGEST_NAME or not name.isprintable():
        raise InputError("staff_name_unreadable")
    if len(password) < SHORTEST_PASSWORD:
        raise InputError("password_too_short", least=SHORTEST_PASSWORD)
    if store.find_by_name(tx.connection, name):
        raise Conflict("staff_exists")
    values = {"name": name, "role": role, "community_id": community_id, "created_at": at}
    key = store.insert_staff(tx, values | {"password_hash": password_hasher().hash(password)})
    return views.staff(tx.connection, key)


def check_password(db: Database, name: str, password: str, *, clock: Clock) -> Staff | None:
    """The account, when name and password are right; None when wrong, disabled, unknown or locked.

    Ten wrong tries in a row lock an account for fifteen minutes. An unknown name takes as long as a known one, and
    the answer does not tell which it was. Own transactions; the hash is computed outside them.
    """
    with db.read() as conn:
        row = store.find_by_name(conn, name.strip())
    if row is None or not _count_try(db, row.id, clock.now()):
        waste_time(password)
        return None
    if not is_password(password, row.password_hash):
        return None
    with db.work() as tx:
        store.forget_tries(tx, row.id)
        tx.commit()
    return store.to_staff(row)


def change_password(tx: UnitOfWork, staff: Staff, password: str) -> None:
    """Set a new password. InputError("password_too_short"), NotFound("staff_unknown")."""
    if len(password) < SHORTEST_PASSWORD:
        raise InputError("password_too_short", least=SHORTEST_PASSWORD)
    if not store.change_staff(tx, staff.name, password_hash=password_hasher().hash(password)):
        raise NotFound("staff_unknown")


def set_post(tx: UnitOfWork, name: str, community_id: int, role: Role | None) -> None:
    """Say what an account is in one more community; None takes it away. NotFound("staff_unknown")."""
    row = store.find_by_name(tx.connection, name)
    if row is None:
        raise NotFound("staff_unknown")
    store.put_post(tx, row.id, community_id, role)


def disable_staff(tx: UnitOfWork, name: str) -> None:
    """Let an account sign in no more. NotFound("staff_unknown")."""
    if not store.change_staff(tx, name, disabled=True):
        raise NotFound("staff_unknown")


def set_phone(tx: UnitOfWork, name: str, number: PhoneNumber, *, randomness: Randomness, secret: Secret) -> str:
    """Let an account work from a telephone; returns the PIN made for it, for this person alone, and unlocks it.

    NotFound("staff_unknown").
    """
    pin = make_pin(randomness=randomness)
    pin_hash = password_hasher().hash(secret.hash(_PIN_PURPOSE, pin))
    if not store.change_staff(tx, name, phone=number.e164, pin_hash=pin_hash, pin_failures=0):
        raise NotFound("staff_unknown")
    return pin


def check_pin(db: Database, staff_id: int, pin: str, *, secret: Secret) -> PinCheck:
    """Whether `pin` is the account's. Five wrong tries in a row lock it until `set_phone`. Own transactions."""
    with db.read() as conn:
        pin_hash, failures = store.pin_state(conn, staff_id)
    if pin_hash is None:
        return PinCheck.WRONG
    if failures >= WRONG_PINS_ALLOWED:
        return PinCheck.LOCKED
    right = is_password(secret.hash(_PIN_PURPOSE, pin), pin_hash)
    with db.work() as tx:
        failures = 0 if right else store.count_wrong_pin(tx, staff_id)
        if right:
            store.forget_wrong_pins(tx, staff_id)
        tx.commit()
    if right:
        return PinCheck.RIGHT
    return PinCheck.LOCKED if failures >= WRONG_PINS_ALLOWED else PinCheck.WRONG


def _count_try(db: Database, staff_id: int, now: datetime) -> bool:
    with db.work() as tx:
        open_to_try = store.count_try(tx, staff_id, at=now, unlocked_before=now - LOCKED_FOR)
        tx.commit()
        return open_to_try


def waste_time(password: str) -> None:
    """Take as long over a name that nobody has, or a try too many, as over a wrong password."""
    is_password(password, _NOBODY)


def is_password(password: str, password_hash: str) -> bool:
    """Whether `password` has that hash; some 20 ms, so outside any transaction."""
    try:
        return password_hasher().verify(password_hash, password)
    except (VerificationError, InvalidHashError):
        return False
