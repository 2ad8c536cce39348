"""Entering a parsed file into the roll: what only the database can refuse, PINs and codes made, rows written.

PINs are hashed before the transaction begins (`give_pins`): hashing thousands takes a while, and a writer on SQLite
keeps every other writer waiting.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy.engine import Connection

from gateway.kernel.db import UnitOfWork
from gateway.kernel.randomness import Randomness
from gateway.kernel.secret import Secret
from gateway.roll import store
from gateway.roll.importing import ParsedRoll, Problem, RollRow
from gateway.roll.model import MadeCode, make_code, make_pin
from gateway.roll.pins import hash_pin


@dataclass(frozen=True)
class ImportReport:
    """What an import did: how many people it added, the codes and PINs it made, what is worth a look."""

    added: int
    made: tuple[MadeCode, ...]
    warnings: tuple[Problem, ...]


def find_clashes(conn: Connection, community_id: int, parsed: ParsedRoll) -> list[Problem]:
    """Lines whose code was given before in this community, or whose person (without a code) is on its roll."""
    used = store.codes_used(conn, community_id)
    known = set(store.identities(conn, community_id))
    codes = [Problem(row.line, "code", "code_taken") for row in parsed.rows if row.code in used]
    without_code = (row for row in parsed.rows if not row.code)
    people = [Problem(row.line, "name", "person_exists") for row in without_code if row.identity in known]
    return sorted([*codes, *people], key=lambda problem: problem.line)


def give_pins(rows: Iterable[RollRow], *, randomness: Randomness, secret: Secret) -> tuple[RollRow, ...]:
    """The rows with a PIN each (made where the file has none) and its hash. Needs no database."""
    return tuple(_give_pin(row, randomness, secret) for row in rows)


def _give_pin(row: RollRow, randomness: Randomness, secret: Secret) -> RollRow:
    if row.pin_hash:
        return row
    pin = row.pin or make_pin(randomness=randomness)
    return replace(row, pin=pin, pin_hash=hash_pin(pin, randomness=randomness, secret=secret), pin_made=not row.pin)


def give_codes(rows: Iterable[RollRow], used: set[str], *, randomness: Randomness) -> Iterator[tuple[RollRow, bool]]:
    """Each row with its code, and whether that was made now."""
    people = list(rows)
    taken = used | {row.code for row in people}
    for row in people:
        if row.code:
            yield row, False
        else:
            code = make_code(taken, len(used) + len(people), randomness=randomness)
            taken.add(code)
            yield replace(row, code=code), True


def write_people(tx: UnitOfWork, community_id: int, language: str, rows: list[RollRow], *, guests: bool) -> None:
    """Write residents and their phones; `language` is for those without one of their own."""
    store.insert_residents(tx, [_columns(row, community_id, language, guests=guests) for row in rows])
    ids = store.ids_by_code(tx.connection, community_id)
    store.insert_phones(
        tx,
        [
            {"resident_id": ids[row.code], "number": number.e164, "position": position}
            for row in rows
            for position, number in enumerate(row.phones)
        ],
    )


def list_made(rows: Iterable[tuple[RollRow, bool]]) -> tuple[MadeCode, ...]:
    """The codes and PINs to print; a PIN that came with the file is not repeated."""
    return tuple(
        MadeCode(row.name, row.code, row.pin if row.pin_made else "") for row, made in rows if made or row.pin_made
    )


def _columns(row: RollRow, community_id: int, language: str, *, guests: bool) -> dict[str, Any]:
    return {
        "community_id": community_id,
        "code": row.code,
        "name": row.name,
        "household": row.household,
        "group_name": row.group,
        "gender": row.gender,
        "birth_year": row.birth_year,
        "language": row.language or language,
        "language_known": bool(row.language),
        "channel": row.channel,
        "reads_texts": row.reads,
        "away": row.away,
        # Whoever put a person's number on the roll answers for it; the file can say no.
        "consent": row.consent is not False,
        "is_guest": guests,
        "pin_hash": row.pin_hash,
    }
