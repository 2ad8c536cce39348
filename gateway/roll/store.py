"""The roll's tables and the queries on them. No other room touches these tables."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import (
    Boolean,
    Column,
    ForeignKey,
    Integer,
    Row,
    Select,
    String,
    Table,
    UniqueConstraint,
    bindparam,
    delete,
    false,
    func,
    insert,
    select,
    update,
)
from sqlalchemy.engine import Connection

from gateway.kernel.db import Id, Moment, UnitOfWork, metadata
from gateway.kernel.phones import PhoneNumber
from gateway.roll.model import Channel, Community, Reach, Resident, StopKind

# Databases bound the number of values in one statement; this stays far below.
CHUNK = 1000

community = Table(
    "community",
    metadata,
    Column("id", Id, primary_key=True),
    Column("code", String(40), nullable=False, unique=True),
    Column("name", String(100), nullable=False),
    Column("parent_id", ForeignKey("community.id")),
    Column("timezone", String(64), nullable=False),
    Column("languages", String(100), nullable=False),
)

community_line = Table(
    "community_line",
    metadata,
    Column("number", String(16), primary_key=True),
    Column("community_id", ForeignKey("community.id"), nullable=False, index=True),
    Column("position", Integer, nullable=False),
    # A missed call: such a line rejects every call and calls back.
    Column("calls_back", Boolean, nullable=False, default=False, server_default=false()),
)

resident = Table(
    "resident",
    metadata,
    Column("id", Id, primary_key=True),
    Column("community_id", ForeignKey("community.id"), nullable=False),
    Column("code", String(10), nullable=False),
    Column("name", String(100), nullable=False),
    Column("household", String(100), nullable=False, default=""),
    Column("group_name", String(100), nullable=False, default=""),
    Column("gender", String(10), nullable=False, default=""),
    Column("birth_year", Integer),
    Column("language", String(3), nullable=False),
    Column("language_known", Boolean, nullable=False, default=True),
    Column("channel", String(10), nullable=False, default=Channel.TEXT),
    # NULL where nobody has said whether this person reads texts.
    Column("reads_texts", Boolean),
    Column("away", Boolean, nullable=False, default=False),
    Column("consent", Boolean, nullable=False, default=True),
    Column("stopped", String(12), nullable=False, default=StopKind.NOTHING),
    Column("is_guest", Boolean, nullable=False, default=False),
    Column("pin_hash", String(160)),
    Column("pin_failures", Integer, nullable=False, default=0),
    Column("pin_failed_at", Moment),
    Column("removed_at", Moment),
    UniqueConstraint("community_id", "code"),
)

phone = Table(
    "phone",
    metadata,
    Column("id", Id, primary_key=True),
    Column("resident_id", ForeignKey("resident.id"), nullable=False, index=True),
    Column("number", String(16), nullable=False, index=True),
    Column("position", Integer, nullable=False),
)

roll_change = Table(
    "roll_change",
    metadata,
    Column("id", Id, primary_key=True),
    Column("community_id", ForeignKey("community.id"), nullable=False, index=True),
    Column("resident_id", ForeignKey("resident.id")),
    Column("kind", String(20), nullable=False),
    Column("reason", String(300), nullable=False),
    Column("by", String(100), nullable=False),
    Column("at", Moment, nullable=False),
)

_ON_ROLL = resident.c.removed_at.is_(None)


# --- communities -------------------------------------------------------------------------------------------------


def select_communities() -> Select[Any]:
    """Communities with their first line; the caller narrows it down."""
    first = community_line.c.position == 0
    lines = community.outerjoin(community_line, (community_line.c.community_id == community.c.id) & first)
    return select(community, community_line.c.number).select_from(lines)


def to_community(row: Row[Any]) -> Community:
    """A community from a row of `select_communities`."""
    return Community(
        id=row.id,
        code=row.code,
        name=row.name,
        parent_id=row.parent_id,
        timezone=row.timezone,
        languages=tuple(row.languages.split(",")),
        line=PhoneNumber(row.number) if row.number else None,
    )


def insert_community(tx: UnitOfWork, values: dict[str, Any]) -> int:
    """Write a community; returns its id."""
    key: int = tx.execute(insert(community).values(values).returning(community.c.id)).scalar_one()
    return key


def set_calls_back(tx: UnitOfWork, community_id: int, number: PhoneNumber, *, calls_back: bool) -> bool:
    """Let a line answer calls or call back; False when it is not a line of that community."""
    mine = (community_line.c.number == number.e164) & (community_line.c.community_id == community_id)
    return tx.changes_one(update(community_line).where(mine).values(calls_back=calls_back))


def set_timezone(tx: UnitOfWork, community_id: int, timezone: str) -> None:
    """Set the time zone of a community."""
    tx.execute(update(community).where(community.c.id == community_id).values(timezone=timezone))


def insert_lines(tx: UnitOfWork, community_id: int, numbers: Sequence[PhoneNumber]) -> None:
    """Write a community's telephone numbers in order."""
    rows = [{"number": n.e164, "community_id": community_id, "position": i} for i, n in enumerate(numbers)]
    if rows:
        tx.execute(insert(community_line), rows)


def lines_taken(conn: Connection, numbers: Sequence[PhoneNumber]) -> bool:
    """Whether one of `numbers` belongs to a community already."""
    found = select(community_line.c.number).where(community_line.c.number.in_([n.e164 for n in numbers]))
    return conn.execute(found.limit(1)).first() is not None


def lock_community(tx: UnitOfWork, community_id: int) -> None:
    """Let one change of a community's whole roll happen at a time, until the transaction ends."""
    tx.execute(select(community.c.id).where(community.c.id == community_id).with_for_update())


# --- residents ---------------------------------------------------------------------------------------------------


def select_residents() -> Select[Any]:
    """Residents on the roll (not removed); the caller narrows it down."""
    return select(resident).where(_ON_ROLL)


# These two run with every text and call, so they are made once.
_DIALLED = community_line.alias("dialled_line")
BY_LINE = (
    select_communities()
    .join(_DIALLED, _DIALLED.c.community_id == community.c.id)
    .where(_DIALLED.c.number == bindparam("dialled"))
)
ON_PHONE = (
    select_residents()
    .join(phone, phone.c.resident_id == resident.c.id)
    .where(phone.c.number == bindparam("number"), resident.c.community_id == bindparam("community"))
    .order_by(resident.c.code)
)

_OF_SENDER = (
    "id", "community_id", "name", "code", "household", "group_name", "language", "channel", "stopped", "is_guest",
    "language_known",
)  # fmt: skip
# Whose text it is, with all that is known of community and resident: one row for each person of the telephone.
SENDER = (
    select(
        *(column.label(f"community_{column.name}") for column in community.c),
        community_line.c.number,
        *(resident.c[name].label(f"resident_{name}") for name in _OF_SENDER),
        resident.c.pin_hash.is_not(None),
    )
    .select_from(
        community.outerjoin(
            community_line, (community_line.c.community_id == community.c.id) & (community_line.c.position == 0)
        )
    )
    .join(_DIALLED, _DIALLED.c.community_id == community.c.id)
    .join(resident, resident.c.community_id == community.c.id)
    .join(phone, phone.c.resident_id == resident.c.id)
    .where(_DIALLED.c.number == bindparam("dialled"), phone.c.number == bindparam("number"), _ON_ROLL)
)


def to_sender(row: Sequence[Any]) -> tuple[Community, Resident]:
    """Community and resident from the columns of `SENDER`."""
    key, code, name, parent, timezone, languages, line = row[:7]
    person, of, called, own_code, household, group, language, channel, stopped, guest, known, has_pin = row[7:19]
    community = Community(
        key, code, name, parent, timezone, tuple(languages.split(",")), PhoneNumber(line) if line else None
    )
    resident = Resident(
        person, of, called, own_code, household, group, language, Channel(channel), StopKind(stopped),
        has_pin=bool(has_pin), is_guest=bool(guest), language_known=bool(known),
    )  # fmt: skip
    return community, resident


def to_resident(row: Row[Any]) -> Resident:
    """A resident from a row of `select_residents`."""
    return Resident(
        id=row.id,
        community_id=row.community_id,
        name=row.name,
        code=row.code,
        household=row.household,
        group=row.group_name,
        language=row.language,
        channel=Channel(row.channel),
        stopped=StopKind(row.stopped),
        has_pin=row.pin_hash is not None,
        is_guest=row.is_guest,
        language_known=row.language_known,
    )


def to_reach(row: Row[Any], phones: Sequence[PhoneNumber]) -> Reach:
    """How a resident is reached, from a row of `select_residents` and their phones."""
    return Reach(
        resident_id=row.id,
        name=row.name,
        code=row.code,
        household=row.household,
        language=row.language,
        channel=Channel(row.channel),
        phones=tuple(phones),
        stopped=StopKind(row.stopped),
        consent=row.consent,
    )


def phones_of(conn: Connection, resident_ids: Sequence[int]) -> dict[int, list[PhoneNumber]]:
    """The phones of each of `resident_ids` (at most CHUNK of them), in order; people without any are not in it."""
    query = select(phone.c.resident_id, phone.c.number).where(phone.c.resident_id.in_(resident_ids))
    found: dict[int, list[PhoneNumber]] = {}
    for row in conn.execute(query.order_by(phone.c.resident_id, phone.c.position)):
        found.setdefault(row.resident_id, []).append(PhoneNumber(row.number))
    return found


def codes_used(conn: Connection, community_id: int) -> set[str]:
    """All codes ever given in a community, those of removed people too: a code never means two people."""
    return set(conn.execute(select(resident.c.code).where(resident.c.community_id == community_id)).scalars())


def identities(conn: Connection, community_id: int) -> Iterator[tuple[str, str, int | None, str]]:
    """Name, household, year of birth and first number ("" for none) of everybody on the roll of a community."""
    first = resident.outerjoin(phone, (phone.c.resident_id == resident.c.id) & (phone.c.position == 0))
    columns = (resident.c.name, resident.c.household, resident.c.birth_year, phone.c.number)
    query = select(*columns).select_from(first).where(_ON_ROLL, resident.c.community_id == community_id)
    for name, household, birth_year, number in conn.execute(query):
        yield name, household, birth_year, number or ""


def insert_residents(tx: UnitOfWork, rows: Sequence[dict[str, Any]]) -> None:
    """Write many residents; each row names all the columns that any row names."""
    for chunk in chunks(rows):
        tx.execute(insert(resident), list(chunk))


def ids_by_code(conn: Connection, community_id: int) -> dict[str, int]:
    """The ids of everybody ever on a community's roll, by code."""
    query = select(resident.c.code, resident.c.id).where(resident.c.community_id == community_id)
    return {row.code: row.id for row in conn.execute(query)}


def insert_phones(tx: UnitOfWork, rows: Sequence[dict[str, Any]]) -> None:
    """Write many phones."""
    for chunk in chunks(rows):
        tx.execute(insert(phone), list(chunk))


def change_resident(tx: UnitOfWork, resident_id: int, **values: Any) -> bool:
    """Set columns of somebody on the roll; False when there is no such person."""
    return tx.changes_one(update(resident).where(resident.c.id == resident_id, _ON_ROLL).values(**values))


def delete_phones(tx: UnitOfWork, resident_id: int) -> None:
    """Forget all numbers of a resident."""
    tx.execute(delete(phone).where(phone.c.resident_id == resident_id))


def blank_resident(tx: UnitOfWork, resident_id: int, code: str, at: datetime) -> None:
    """Leave of a person a row that stands for nobody: others point to it, and counts rest on that."""
    nothing = {
        "code": code, "name": "", "household": "", "group_name": "", "gender": "", "birth_year": None, "away": False,
        "consent": False, "pin_hash": None, "pin_failures": 0, "pin_failed_at": None, "reads_texts": None,
        "removed_at": func.coalesce(resident.c.removed_at, at),
    }  # fmt: skip
    tx.execute(update(resident).where(resident.c.id == resident_id).values(nothing))
    delete_phones(tx, resident_id)
    tx.execute(update(roll_change).where(roll_change.c.resident_id == resident_id).values(reason="", resident_id=None))


def blank_old_reasons(tx: UnitOfWork, before: datetime) -> int:
    """Forget what was written as reasons for changes before a moment; that there was a change stays."""
    old = (roll_change.c.at < before) & (roll_change.c.reason != "")
    return tx.execute(update(roll_change).where(old).values(reason="")).rowcount


def count_old_reasons(conn: Connection, before: datetime) -> int:
    """How many reasons `blank_old_reasons` would forget."""
    old = (roll_change.c.at < before) & (roll_change.c.reason != "")
    return conn.execute(select(func.count()).select_from(roll_change).where(old)).scalar_one()


def insert_change(tx: UnitOfWork, values: dict[str, Any]) -> None:
    """Write what was done to the roll."""
    tx.execute(insert(roll_change).values(values))


def languages_spoken(conn: Connection, community_id: int) -> set[str]:
    """The languages of everybody on a community's roll."""
    query = select(resident.c.language).where(_ON_ROLL, resident.c.community_id == community_id).distinct()
    return set(conn.execute(query).scalars())


# --- PINs --------------------------------------------------------------------------------------------------------


def pin_state(conn: Connection, resident_id: int) -> tuple[str | None, int]:
    """The hash of somebody's PIN (None: they have none) and how often in a row it was wrong."""
    query = select(resident.c.pin_hash, resident.c.pin_failures).where(resident.c.id == resident_id, _ON_ROLL)
    row = conn.execute(query).first()
    return (row.pin_hash, row.pin_failures) if row else (None, 0)


def count_wrong_pin(tx: UnitOfWork, resident_id: int, pin_hash: str, at: datetime) -> int:
    """Count one wrong try against the PIN that `pin_hash` stands for; returns how many there are now."""
    tried = update(resident).where(resident.c.id == resident_id, resident.c.pin_hash == pin_hash)
    counted = tried.values(pin_failures=resident.c.pin_failures + 1, pin_failed_at=at)
    return tx.execute(counted.returning(resident.c.pin_failures)).scalar() or 0


def forget_wrong_pins(tx: UnitOfWork, resident_id: int, pin_hash: str, below: int) -> bool:
    """Start counting anew after a right PIN; False when it was locked (`below` reached) or changed meanwhile."""
    same = (resident.c.id == resident_id) & (resident.c.pin_hash == pin_hash) & (resident.c.pin_failures < below)
    return tx.changes_one(update(resident).where(same).values(pin_failures=0, pin_failed_at=None))


def chunks(items: Sequence[Any]) -> Iterable[Sequence[Any]]:
    """`items` in pieces of at most CHUNK."""
    return (items[start : start + CHUNK] for start in range(0, len(items), CHUNK))
