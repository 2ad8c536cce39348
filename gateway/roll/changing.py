"""Changing one person on the roll, with a reason: what staff may correct, checked as an imported line is."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from gateway.kernel.db import UnitOfWork
from gateway.kernel.errors import NotFound
from gateway.kernel.phones import PhoneNumber
from gateway.roll import importing_columns as columns
from gateway.roll import store, views
from gateway.roll.actions import note_change
from gateway.roll.model import ChangeKind

# How a field of a form becomes a column of the table; an empty field empties it.
_TEXTS = {"name": "name", "household": "household", "group": "group_name"}


def change_resident(
    tx: UnitOfWork,
    resident_id: int,
    fields: Mapping[str, str],
    *,
    region: str | None,
    reason: str,
    by: str,
    at: datetime,
) -> None:
    """Correct a person: name, household, group, language, channel, consent, away, phones ("" keeps the old numbers).

    InputError as the import names them, and "reason_missing"; NotFound("resident_unknown").
    """
    community_id = views.resident(tx.connection, resident_id).community_id
    values: dict[str, object] = {column: columns.read_short(fields.get(name, "")) for name, column in _TEXTS.items()}
    values |= {
        "language": columns.read_language(fields.get("language", "")),
        "channel": columns.read_channel(fields.get("channel", "")),
        "consent": fields.get("consent") == "yes",
        "away": fields.get("away") == "yes",
    }
    phones = columns.read_phones(fields["phones"], region) if fields.get("phones", "").strip() else None
    note_change(tx, community_id, ChangeKind.CHANGE, resident_id=resident_id, reason=reason, by=by, at=at)
    if not store.change_resident(tx, resident_id, **values):
        raise NotFound("resident_unknown")
    if phones is not None:
        _set_phones(tx, resident_id, phones)


def _set_phones(tx: UnitOfWork, resident_id: int, phones: list[PhoneNumber]) -> None:
    store.delete_phones(tx, resident_id)
    numbers = enumerate(dict.fromkeys(phones))
    store.insert_phones(tx, [{"resident_id": resident_id, "number": n.e164, "position": at} for at, n in numbers])
