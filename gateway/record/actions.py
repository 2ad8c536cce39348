"""The verbs of the record: append an entry, and make the commitments of one mute. No entry is changed or removed."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from datetime import datetime

from gateway.kernel.db import UnitOfWork
from gateway.kernel.errors import Conflict
from gateway.record import store
from gateway.record.model import Value, canonical_json, commitment, entry_bytes, refuse_personal
from gateway.record.tree import grow, leaf_hash
from gateway.record.walking import stored_nodes

SALT_BYTES = 32
NOTHING_SAID: Mapping[str, str] = {}


def append(
    tx: UnitOfWork,
    kind: str,
    subject: str,
    data: Mapping[str, Value],
    *,
    at: datetime,
    words: Mapping[str, str] = NOTHING_SAID,
) -> int:
    """Append an entry and return its number (from 0, without gaps).

    Writers wait for each other from here until the transaction ends, so call it last. `data` never names a person and
    holds nothing that people wrote: ValueError when it holds a telephone number or what canonical JSON cannot say.
    What people wrote goes into `words`, by name: the entry has a salted commitment to each, under `commitments`.
    """
    refuse_personal([kind, subject, data])
    salts = {name: new_salt() for name in words}
    if words:
        data = {**data, "commitments": {name: commitment(salts[name], said) for name, said in words.items()}}
    moment = at.replace(microsecond=0)
    size, peaks = store.lock_head(tx)
    leaf = leaf_hash(entry_bytes(size, kind, subject, data, moment))
    peaks, completed = grow(peaks, size, leaf)
    if not store.move_head(tx, size, peaks):
        raise Conflict("record_moved")
    values = {"seq": size, "kind": kind, "subject": subject, "data": canonical_json(dict(data)), "at": moment}
    store.insert_entry(tx, values | {"leaf_hash": leaf.hex()})
    store.insert_nodes(tx, stored_nodes(size, completed))
    store.insert_salts(tx, size, {name: salt.hex() for name, salt in salts.items()})
    return size


def new_salt() -> bytes:
    """The random bytes of one commitment."""
    return secrets.token_bytes(SALT_BYTES)


def forget_words(tx: UnitOfWork, subject: str, kind: str, **data: Value) -> int:
    """Delete the salts of entries about a subject, of one kind and with these `data`; returns how many salts.

    What was said can then never be shown to be what was said, nor be guessed; the entries stay as they are.
    """
    about = store.select_entries_about(tx.connection, subject)
    meant = [one for one in about if one.kind == kind and all(one.data.get(name) == data[name] for name in data)]
    return store.delete_salts(tx, [one.seq for one in meant if "commitments" in one.data])
