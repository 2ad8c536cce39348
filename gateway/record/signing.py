"""Signing the record: after every stage, once a day, and when the key changes. Where it stands: the clock calls it.

The secret half of the key lies in the vault, outside the database and its backups: whoever steals a copy cannot sign.
A new key is named in an entry of the record itself; while the old one is at hand, both sign the checkpoint after that
entry, so that whoever trusts the old key can go over to the new one.
"""

from __future__ import annotations

from datetime import datetime

from nacl.signing import SigningKey

from gateway.kernel.db import UnitOfWork
from gateway.kernel.errors import Conflict
from gateway.kernel.ports import Ports
from gateway.record import store, views
from gateway.record.actions import append
from gateway.record.model import IN_BETWEEN, Checkpoint, Head, Key, digits_of
from gateway.record.notes import head_text, signed_note

DAILY = "daily"
KEY = "record.key"
SEED_BYTES = 32
# Checkpoints of one transaction: other writers go on in between.
BATCH = 200
Signer = tuple[Key, SigningKey]


def sign_due(ports: Ports, origin: str) -> int:
    """Sign what is due: each stage that is not signed yet, and the day's record if it has grown; returns how many.

    `origin` is the name a first key is made for: the public address without `https://`, then `/record`. Running it
    twice, or by two processes at once, signs once.
    """
    if not _is_due(ports):
        return 0
    signer = _signer(ports, origin)
    made = 0
    while due := _due(ports):
        made += _sign(ports, signer, due)
    return made


def rotate_key(ports: Ports, origin: str) -> Key:
    """Put a new key into use: its entry, a checkpoint by the old key and the new; then the old one dies."""
    sign_due(ports, origin)
    with ports.db.read() as conn:
        old = views.keys(conn)[-1:]
    signer = _new_key(ports, origin, old[0] if old else None)
    for key in old:
        ports.vault.destroy(_vault_name(key))
    return signer[0]


def _is_due(ports: Ports) -> bool:
    with ports.db.read() as conn:
        last = store.find_checkpoint(conn)
        signed = last.size if last else 0
        if store.select_stage_seqs(conn, signed, IN_BETWEEN, 1):
            return True
        today = ports.clock.now().date()
        return views.head(conn).size > signed and (last is None or last.at.date() < today)


def _due(ports: Ports) -> list[tuple[int, str]]:
    """Sizes to sign, in order, each with its occasion."""
    with ports.db.read() as conn:
        # The head before the stages: none that is not signed may stand below what is signed.
        size = views.head(conn).size
        last = store.find_checkpoint(conn)
        signed = last.size if last else 0
        stages = store.select_stage_seqs(conn, signed, IN_BETWEEN, BATCH)
        if stages:
            return [(seq + 1, kind) for seq, kind in stages]
        is_new_day = last is None or last.at.date() < ports.clock.now().date()
        return [(size, DAILY)] if size > signed and is_new_day else []


def _sign(ports: Ports, signer: Signer, due: list[tuple[int, str]]) -> int:
    with ports.db.work() as tx:
        made = [_checkpoint(tx, size, occasion, [signer], ports.clock.now()) for size, occasion in due]
        tx.commit()
    return sum(made)


def _checkpoint(tx: UnitOfWork, size: int, occasion: str, signers: list[Signer], at: datetime) -> bool:
    at = at.replace(microsecond=0)
    root = views.root_at(tx.connection, size)
    text = head_text(signers[-1][0].name, Head(size, root), at)
    note = signed_note(text, [(key.name, secret) for key, secret in signers])
    return store.insert_checkpoint(tx, Checkpoint(size, root, digits_of(root), note, occasion, at))


def _signer(ports: Ports, origin: str) -> Signer:
    """The key in use; a new one where there is none, or where the vault has lost it."""
    with ports.db.read() as conn:
        known = views.keys(conn)
    newest = known[-1] if known else None
    return (newest and _load(ports, newest)) or _new_key(ports, origin, newest)


def _load(ports: Ports, key: Key) -> Signer | None:
    name = _vault_name(key)
    return (key, SigningKey(ports.vault.get(name))) if ports.vault.holds(name) else None


def _new_key(ports: Ports, origin: str, old: Key | None) -> Signer:
    """Make a key, its entry and the first checkpoint it signs, together with the old key where that is at hand."""
    secret = SigningKey(ports.randomness.token(SEED_BYTES))
    now = ports.clock.now()
    public = bytes(secret.verify_key).hex()
    key = Key((old.number if old else 0) + 1, origin, public, old.public if old else "", now, None)
    ports.vault.put(_vault_name(key), bytes(secret))
    signers = [signer for signer in (_load(ports, old) if old else None, (key, secret)) if signer]
    with ports.db.work() as tx:
        if not store.insert_key(tx, key):
            # Another process made one at the same moment; theirs is in use.
            ports.vault.destroy(_vault_name(key))
            raise Conflict("record_moved")
        store.retire_keys(tx, key.number, now)
        append(tx, KEY, "record", {"name": origin, "public": public, "follows": key.follows}, at=now)
        last = store.find_checkpoint(tx.connection)
        # Whatever came since we looked is signed as well, for the head is locked now.
        for seq, kind in store.select_stage_seqs(tx.connection, last.size if last else 0, IN_BETWEEN, 0):
            _checkpoint(tx, seq + 1, kind, signers, now)
        tx.commit()
    return key, secret


def _vault_name(key: Key) -> str:
    return f"record/{key.public[:32]}"
