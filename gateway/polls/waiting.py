"""A batch of papers that one person has entered waits here for the second.

What waits is no entry but a keyed mark for each paper, by which another entry is compared and which nobody can read
back; it is sealed besides, so that the database does not tell whose papers a batch holds. Both keys are one secret in
the vault, which dies when the batch is cast or withdrawn, when the poll closes, or after two days. Whoever compares
learns on whose papers the entries differ, never by what.

A process that is killed leaves either the waiting entry or the cast batch. Keys of which no entry is left are destroyed
by the next sweep (`forget_over`).
"""

from __future__ import annotations

import hmac
import json
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from nacl.exceptions import CryptoError
from nacl.secret import SecretBox
from sqlalchemy import Row
from sqlalchemy.engine import Connection

from gateway.kernel.db import UnitOfWork
from gateway.kernel.errors import InputError, NotFound, RuleError
from gateway.kernel.ports import Ports
from gateway.kernel.vault import Vault
from gateway.polls import views
from gateway.polls.model import PollState
from gateway.polls.paper import Entry, cast_batch, check_alike, check_batch, check_hands
from gateway.polls.store import box
from gateway.polls.store import paper as store
from gateway.roll import views as roll

WAITS = timedelta(days=2)
# Of papers in one batch at the desk: as many as two people still find a slip in.
MOST_PAPERS = 100
# In the vault and outside what trustees have a copy of.
_FOLDER = "paper"
_NAME_BYTES = 12
_MARK_DIGITS = 32
_MARKING_BYTES = 32


@dataclass(frozen=True)
class WaitingBatch:
    """A batch of which the first entry waits: its name, who entered it, how long it waits at most."""

    id: int
    batch: str
    by: str
    until: datetime


@dataclass(frozen=True)
class _Key:
    sealing: bytes = field(repr=False)
    marking: bytes = field(repr=False)

    def marks(self, entry: Entry) -> dict[str, str]:
        return {code: self._mark(code, choice) for code, choice in entry.choices.items()}

    def _mark(self, code: str, choice: str) -> str:
        return hmac.digest(self.marking, f"{code} {choice}".encode(), "sha256").hex()[:_MARK_DIGITS]


def waiting(conn: Connection, number: int) -> list[WaitingBatch]:
    """The batches of a poll of which a first entry waits, by name."""
    return [_batch(row) for row in store.all_waiting(conn, number)]


def waiting_batch(conn: Connection, number: int, waiting_id: int) -> WaitingBatch:
    """One of them; NotFound("paper_gone")."""
    return _batch(_found(conn, number, waiting_id))


def enter_first(number: int, batch: str, entry: Entry, *, ports: Ports) -> WaitingBatch:
    """Keep marks of a first entry until a second person enters the batch (a transaction of its own).

    InputError: paper_batch_wrong, paper_too_many; RuleError: paper_batch_known, paper_ballot_refused (with the code),
    poll_not_open; NotFound: poll_unknown.
    """
    batch, now = check_batch(batch, entry), ports.clock.now()
    if len(entry.choices) > MOST_PAPERS:
        raise InputError("paper_too_many", most=MOST_PAPERS)
    name = f"{_FOLDER}/{number}-{ports.randomness.token(_NAME_BYTES).hex()}"
    with ports.db.work() as tx:
        tx.lock(_FOLDER, 0)
        _check_papers(tx, number, entry, now)
        if store.is_known(tx.connection, number, batch):
            raise RuleError("paper_batch_known", batch=batch)
        ports.vault.put(name, ports.randomness.token(SecretBox.KEY_SIZE + _MARKING_BYTES))
        key = _load(name, ports.vault)
        sealed = bytes(SecretBox(key.sealing).encrypt(json.dumps(key.marks(entry)).encode()))
        row = {"poll_id": number, "batch": batch, "first_by": entry.by, "key": name, "sealed": sealed}
        made = store.insert_waiting(tx, {**row, "until": now + WAITS})
        tx.commit()
    return WaitingBatch(made, batch, entry.by, now + WAITS)


def enter_second(number: int, waiting_id: int, entry: Entry, *, ports: Ports) -> dict[str, str]:
    """Compare a second entry with the first, and cast the batch; returns the receipts by code (own transactions).

    Of several at once one wins. RuleError: poll_not_open, paper_same_hand, paper_differs (the first goes on waiting),
    and those of `cast_batch`; NotFound: paper_gone.
    """
    with ports.db.work() as tx:
        # The poll's lock before that of the entry, as when it closes.
        _need_open(box.terms_for_casting(tx, number, 0), number, ports.clock.now())
        first = _found(tx.connection, number, waiting_id, lock=True)
        check_hands(first.first_by, entry.by)
        marks, key = _marks_of(tx, first, ports)
        check_alike(marks, key.marks(entry))
        receipts = cast_batch(tx, number, first.batch, (first.first_by, entry.by), entry.choices, ports=ports)
        store.delete_waiting(tx, waiting_id)
        tx.commit()
    ports.vault.destroy(first.key)
    return receipts


def withdraw(number: int, waiting_id: int, *, ports: Ports) -> str:
    """Destroy a first entry, which its person or a colleague found wrong; the batch's name. NotFound("paper_gone")."""
    with ports.db.work() as tx:
        first = _found(tx.connection, number, waiting_id, lock=True)
        store.delete_waiting(tx, waiting_id)
        tx.commit()
    ports.vault.destroy(first.key)
    return str(first.batch)


def forget_over(ports: Ports) -> int:
    """Destroy first entries whose time or poll is over, and every key without one; returns how many keys."""
    with ports.db.work() as tx:
        # Whoever enters a batch puts its key into the vault under the same lock.
        tx.lock(_FOLDER, 0)
        there = ports.vault.names(_FOLDER)
        store.delete_waiting_over(tx, ports.clock.now())
        kept = store.keys_waiting(tx.connection)
        tx.commit()
    gone = [name for name in there if name not in kept]
    for name in gone:
        ports.vault.destroy(name)
    return len(gone)


def destroy_keys(number: int, vault: Vault) -> None:
    """Make unreadable all that waits of a poll that closes; its rows are removed with the ballots."""
    for name in vault.names(_FOLDER):
        if name.startswith(f"{_FOLDER}/{number}-"):
            vault.destroy(name)


def _check_papers(tx: UnitOfWork, number: int, entry: Entry, now: datetime) -> None:
    """Refuse now what could not be cast later; from here on the poll cannot close before this transaction ends."""
    community = views.poll(tx.connection, number).community_id
    for code, choice in entry.choices.items():
        resident = roll.resident_by_code(tx.connection, community, code)
        terms = box.terms_for_casting(tx, number, resident.id if resident else 0)
        _need_open(terms, number, now)
        if terms is None or terms.group_index is None or not box.form_of(terms).allows(choice):
            raise RuleError("paper_ballot_refused", resident=code)


def _need_open(terms: Row[Any] | None, number: int, now: datetime) -> None:
    if terms is None or terms.state != PollState.OPEN or terms.closes_at <= now:
        raise RuleError("poll_not_open", poll=number)


def _found(conn: Connection, number: int, waiting_id: int, *, lock: bool = False) -> Row[Any]:
    found = store.find_waiting(conn, number, waiting_id, lock=lock)
    if found is None:
        raise NotFound("paper_gone")
    return found


def _marks_of(tx: UnitOfWork, first: Row[Any], ports: Ports) -> tuple[dict[str, str], _Key]:
    if first.until > ports.clock.now():
        try:
            key = _load(first.key, ports.vault)
            return dict(json.loads(SecretBox(key.sealing).decrypt(first.sealed))), key
        except (NotFound, CryptoError):
            # The vault was lost, or this database is a restored copy.
            pass
    store.delete_waiting(tx, first.id)
    tx.commit()
    raise NotFound("paper_gone")


def _load(name: str, vault: Vault) -> _Key:
    secret = vault.get(name)
    return _Key(secret[: SecretBox.KEY_SIZE], secret[SecretBox.KEY_SIZE :])


def _batch(row: Row[Any]) -> WaitingBatch:
    return WaitingBatch(row.id, row.batch, row.first_by, row.until)
