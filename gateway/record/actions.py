"""The one verb of the record: append. Nothing here changes or removes an entry."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from gateway.kernel.db import UnitOfWork
from gateway.kernel.errors import Conflict
from gateway.record import store
from gateway.record.model import Value, canonical_json, entry_bytes, refuse_personal
from gateway.record.tree import add_leaf, leaf_hash


def append(tx: UnitOfWork, kind: str, subject: str, data: Mapping[str, Value], *, at: datetime) -> int:
    """Append an entry and return its number (from 0, without gaps).

    Writers wait for each other from here until the transaction ends, so call it last. `data` never names a person:
    ValueError when it holds a telephone number or what canonical JSON cannot say.
    """
    refuse_personal([kind, subject, data])
    moment = at.replace(microsecond=0)
    size, peaks = store.lock_head(tx)
    leaf = leaf_hash(entry_bytes(size, kind, subject, data, moment))
    if not store.move_head(tx, size, add_leaf(peaks, size, leaf)):
        raise Conflict("record_moved")
    values = {"seq": size, "kind": kind, "subject": subject, "data": canonical_json(dict(data)), "at": moment}
    store.insert_entry(tx, values | {"leaf_hash": leaf.hex()})
    return size
