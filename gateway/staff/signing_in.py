"""Signing in at the console, and staying signed in.

Guessing is slowed down by counting tries before they are looked at, in a way that locks out no innocent person (after
OWASP, "Slow Down Online Guessing Attacks with Device Cookies"): a browser that has signed in before brings a mark for
its account and has tries of its own; all others share theirs by name and by address. The answer never tells what was
wrong. Own transactions; hashes are computed outside them.
"""

from __future__ import annotations

import hmac
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import timedelta

from nacl.exceptions import CryptoError
from nacl.secret import SecretBox

from gateway.kernel.db import UnitOfWork
from gateway.kernel.errors import NotFound, RuleError
from gateway.kernel.ports import Ports
from gateway.kernel.secret import Secret
from gateway.staff import totp, views
from gateway.staff.actions import is_password, waste_time
from gateway.staff.model import Session, Staff
from gateway.staff.store import accounts, sessions

LONGEST_SESSION = timedelta(hours=8)
IDLE_SESSION = timedelta(hours=2)
TOUCHED_EVERY = timedelta(minutes=1)
KEY_BYTES = 32
MARK_BYTES = 12
# (kind, most tries, in how long)
DEVICE = ("device", 10, timedelta(minutes=15))
NAME_AND_ADDRESS = ("from", 10, timedelta(minutes=15))
NAME = ("name", 100, timedelta(hours=1))
ADDRESS = ("address", 60, timedelta(minutes=15))
COUNTS_KEPT = timedelta(days=1)
_Bucket = tuple[tuple[str, int, timedelta], str]


@dataclass(frozen=True)
class Entry:
    """What somebody typed at the door, from which address, with which marks in their browser."""

    name: str
    password: str = field(repr=False)
    code: str = field(repr=False)
    address: str = field(repr=False)
    marks: tuple[str, ...] = field(default=(), repr=False)


def sign_in(entry: Entry, *, ports: Ports) -> Staff | None:
    """The account, when name, password and code are right and there were not too many tries; else None."""
    with ports.db.read() as conn:
        row = accounts.find_by_name(conn, entry.name.strip())
    buckets = _buckets(entry, row.id if row else 0, ports.secret)
    if not _count(buckets, ports=ports):
        waste_time(entry.password)
        return None
    if row is None or row.disabled:
        waste_time(entry.password)
        return None
    if not is_password(entry.password, row.password_hash):
        return None
    staff = accounts.to_staff(row)
    if staff.has_code and not check_code(staff.id, entry.code, ports=ports):
        return None
    with ports.db.work() as tx:
        sessions.take_back_attempts(tx, [_hash(bucket, ports.secret) for bucket in buckets])
        tx.commit()
    return staff


def is_own_password(staff: Staff, password: str, *, ports: Ports) -> bool:
    """Whether somebody who is signed in knows the password too; ten tries in a quarter of an hour."""
    bucket = (DEVICE, f"{staff.id}.account")
    if not _count([bucket], ports=ports):
        return False
    with ports.db.read() as conn:
        row = accounts.find_by_name(conn, staff.name)
    if row is None or not is_password(password, row.password_hash):
        return False
    with ports.db.work() as tx:
        sessions.take_back_attempts(tx, [_hash(bucket, ports.secret)])
        tx.commit()
    return True


def mark_for(staff_id: int, *, ports: Ports) -> str:
    """A mark by which the browser of this account is known again."""
    nonce = ports.randomness.token(MARK_BYTES).hex()
    return f"{nonce}.{_sign(staff_id, nonce, ports.secret)}"


def begin(staff_id: int, *, ports: Ports) -> str:
    """Sign an account in; returns the key of the session, which is kept nowhere but in the browser."""
    now, key = ports.clock.now(), ports.randomness.token(KEY_BYTES).hex()
    with ports.db.work() as tx:
        sessions.forget_sessions(tx, now - LONGEST_SESSION, now - IDLE_SESSION)
        sessions.insert_session(tx, _key_hash(key, ports.secret), staff_id, now)
        tx.commit()
    return key


def find(key: str, *, ports: Ports, alive: bool = True) -> tuple[Staff, Session] | None:
    """Who is signed in under `key`; None when nobody is (any more). `alive`: note that it is in use."""
    now = ports.clock.now()
    with ports.db.read() as conn:
        found = sessions.find_session(conn, _key_hash(key, ports.secret))
        if found is None or found.begun_at <= now - LONGEST_SESSION or found.seen_at <= now - IDLE_SESSION:
            return None
        try:
            staff = views.staff(conn, found.staff_id)
        except NotFound:
            return None
    if staff.disabled:
        return None
    if alive and found.seen_at < now - TOUCHED_EVERY:
        with ports.db.work() as tx:
            sessions.touch_session(tx, found.id, now)
            tx.commit()
    return staff, found


def end(key: str, *, ports: Ports) -> None:
    """End the session under `key`, for whoever has a copy of the cookie too."""
    with ports.db.work() as tx:
        sessions.delete_session(tx, _key_hash(key, ports.secret))
        tx.commit()


def end_all(tx: UnitOfWork, staff_id: int, *, but: int | None = None) -> int:
    """End all sessions of an account, or all but one; returns how many."""
    return sessions.delete_sessions(tx, staff_id, but=but)


def start_code(staff_id: int, *, ports: Ports) -> bytes:
    """Give an account a new secret for codes; it counts from the first right code on (`confirm_code`)."""
    secret = ports.randomness.token(totp.SECRET_BYTES)
    with ports.db.work() as tx:
        accounts.put_totp(tx, staff_id, bytes(_box(ports.secret).encrypt(secret)))
        tx.commit()
    return secret


def confirm_code(staff_id: int, code: str, *, ports: Ports) -> None:
    """The first code of a new secret. RuleError("code_wrong")."""
    if not check_code(staff_id, code, ports=ports):
        raise RuleError("code_wrong")


def drop_code(tx: UnitOfWork, staff_id: int) -> None:
    """Let an account sign in without codes."""
    accounts.put_totp(tx, staff_id, None)


def check_code(staff_id: int, code: str, *, ports: Ports) -> bool:
    """Whether `code` is the account's of this half minute or one beside it, and was not used before."""
    secret = code_secret(staff_id, ports=ports)
    step = totp.matching_step(secret, code, ports.clock.now()) if secret else None
    if step is None:
        return False
    with ports.db.work() as tx:
        fresh = accounts.use_totp_step(tx, staff_id, step)
        tx.commit()
    return fresh


def code_secret(staff_id: int, *, ports: Ports) -> bytes | None:
    """The secret of an account's codes; None when it has none that can be read."""
    with ports.db.read() as conn:
        sealed = conn.execute(accounts.select_staff().where(accounts.staff.c.id == staff_id)).one().totp_sealed
    if sealed is None:
        return None
    try:
        return bytes(_box(ports.secret).decrypt(sealed))
    except CryptoError:
        return None


def _buckets(entry: Entry, staff_id: int, secret: Secret) -> list[_Bucket]:
    """Under what a try is counted: by its mark alone when the browser has one of this account."""
    known = next((mark for mark in entry.marks if staff_id and _is_mark(mark, staff_id, secret)), None)
    if known:
        return [(DEVICE, f"{staff_id}.{known}")]
    name = entry.name.strip()
    return [(ADDRESS, entry.address), (NAME_AND_ADDRESS, f"{name}\n{entry.address}"), (NAME, name)]


def _count(buckets: Iterable[_Bucket], *, ports: Ports) -> bool:
    """Count a try under each until one is over its limit; False when one is."""
    now = ports.clock.now()
    with ports.db.work() as tx:
        sessions.forget_attempts(tx, now - COUNTS_KEPT)
        within = all(
            sessions.count_attempt(tx, _hash(bucket, ports.secret), at=now, counts_since=now - bucket[0][2])
            <= bucket[0][1]
            for bucket in buckets
        )
        tx.commit()
    return within


def _hash(bucket: _Bucket, secret: Secret) -> str:
    return secret.hash(f"staff try {bucket[0][0]}", bucket[1])


def _key_hash(key: str, secret: Secret) -> str:
    return secret.hash("staff session", key)


def _sign(staff_id: int, nonce: str, secret: Secret) -> str:
    return secret.hash("staff mark", f"{staff_id}.{nonce}")[:32]


def _is_mark(mark: str, staff_id: int, secret: Secret) -> bool:
    nonce, _, signature = mark.partition(".")
    return hmac.compare_digest(_sign(staff_id, nonce, secret).encode(), signature.encode())


def _box(secret: Secret) -> SecretBox:
    return SecretBox(secret.derive("staff totp"))
