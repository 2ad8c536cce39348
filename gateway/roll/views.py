"""Questions to the roll: who is this, who has a vote, how is somebody reached."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, func, or_, select
from sqlalchemy.engine import Connection

from gateway.kernel.errors import NotFound
from gateway.kernel.phones import PhoneNumber
from gateway.roll import store
from gateway.roll.model import WRONG_PINS_ALLOWED, Community, Elector, Profile, Reach, Resident


@dataclass(frozen=True)
class ResidentDetails:
    """What staff see of one person beyond `Resident`."""

    resident: Resident
    phones: tuple[PhoneNumber, ...]
    gender: str
    birth_year: int | None
    away: bool
    consent: bool
    pin_locked: bool


@dataclass(frozen=True)
class RollChange:
    """One change of a roll: what, why, by whom, when; `resident_code` is "" when it concerns no single person."""

    kind: str
    resident_code: str
    reason: str
    by: str
    at: datetime


def communities(conn: Connection) -> list[Community]:
    """All communities, by code."""
    query = store.select_communities().order_by(store.community.c.code)
    return [store.to_community(row) for row in conn.execute(query)]


def community(conn: Connection, community_id: int) -> Community:
    """The community with that id; NotFound("community_unknown")."""
    row = conn.execute(store.select_communities().where(store.community.c.id == community_id)).first()
    if row is None:
        raise NotFound("community_unknown")
    return store.to_community(row)


def community_by_code(conn: Connection, code: str) -> Community:
    """The community with that code; NotFound("community_unknown")."""
    row = conn.execute(store.select_communities().where(store.community.c.code == code)).first()
    if row is None:
        raise NotFound("community_unknown")
    return store.to_community(row)


def community_by_line(conn: Connection, number: PhoneNumber) -> Community | None:
    """The community that `number` belongs to; one indexed query."""
    row = conn.execute(store.BY_LINE, {"dialled": number.e164}).first()
    return store.to_community(row) if row else None


def calls_back(conn: Connection, number: PhoneNumber) -> bool:
    """Whether `number` is a line of ours that answers no call and calls back instead."""
    line = store.community_line
    found = conn.execute(select(line.c.calls_back).where(line.c.number == number.e164)).scalar_one_or_none()
    return bool(found)


def community_lines(conn: Connection, community_id: int) -> list[PhoneNumber]:
    """All numbers of a community, its first one first."""
    lines = store.community_line
    query = select(lines.c.number).where(lines.c.community_id == community_id).order_by(lines.c.position)
    return [PhoneNumber(number) for number in conn.execute(query).scalars()]


# Who texts, for a query of a room above to add to. Values: dialled, number. A row for each person of the telephone; its
# first columns are read by `read_sender`, the ids of community and person are SENDER_COMMUNITY and SENDER_RESIDENT.
SENDER = store.SENDER
SENDER_COMMUNITY, SENDER_RESIDENT = store.community.c.id, store.resident.c.id


def read_sender(row: Sequence[Any]) -> tuple[Community, Resident]:
    """Community and person from a row of SENDER."""
    return store.to_sender(row)


def resident(conn: Connection, resident_id: int) -> Resident:
    """The person with that id, also when removed from the roll since; NotFound("resident_unknown")."""
    row = conn.execute(select(store.resident).where(store.resident.c.id == resident_id)).first()
    if row is None:
        raise NotFound("resident_unknown")
    return store.to_resident(row)


def residents_on_phone(conn: Connection, community_id: int, number: PhoneNumber) -> list[Resident]:
    """Everybody of a community who is reached on `number`, by code; one indexed query."""
    here = {"number": number.e164, "community": community_id}
    return [store.to_resident(row) for row in conn.execute(store.ON_PHONE, here)]


def resident_by_code(conn: Connection, community_id: int, code: str) -> Resident | None:
    """The person on the roll of a community who has `code`."""
    mine = (store.resident.c.community_id == community_id) & (store.resident.c.code == code)
    row = conn.execute(store.select_residents().where(mine)).first()
    return store.to_resident(row) if row else None


def residents(conn: Connection, community_id: int) -> list[Resident]:
    """Everybody on the roll of a community, guests too, by code."""
    query = store.select_residents().where(store.resident.c.community_id == community_id)
    return [store.to_resident(row) for row in conn.execute(query.order_by(store.resident.c.code))]


def guests(conn: Connection, community_id: int) -> list[Resident]:
    """The guests of a community, by code."""
    mine = (store.resident.c.community_id == community_id) & store.resident.c.is_guest.is_(True)
    return [store.to_resident(row) for row in conn.execute(store.select_residents().where(mine))]


def residents_page(conn: Connection, community_id: int, *, most: int, skip: int, like: str = "") -> list[Resident]:
    """A part of the roll of a community, guests too, by code; `like`: whose name, code or household has this in it."""
    query = _looked_for(select(*store.resident.c), community_id, like)
    rows = conn.execute(query.order_by(store.resident.c.code).limit(most).offset(skip))
    return [store.to_resident(row) for row in rows]


def count_residents(conn: Connection, community_id: int, like: str = "") -> int:
    """How many `residents_page` has in all."""
    query = _looked_for(select(func.count()).select_from(store.resident), community_id, like)
    counted: int = conn.execute(query).scalar_one()
    return counted


def _looked_for(query: Select[Any], community_id: int, like: str) -> Select[Any]:
    table = store.resident
    query = query.where(table.c.community_id == community_id, table.c.removed_at.is_(None))
    if not like:
        return query
    columns = (table.c.name, table.c.code, table.c.household)
    return query.where(or_(*(column.contains(like, autoescape=True) for column in columns)))


def resident_details(conn: Connection, resident_id: int) -> ResidentDetails:
    """One person on the roll as staff see them; NotFound("resident_unknown")."""
    row = conn.execute(store.select_residents().where(store.resident.c.id == resident_id)).first()
    if row is None:
        raise NotFound("resident_unknown")
    return ResidentDetails(
        resident=store.to_resident(row),
        phones=tuple(store.phones_of(conn, [resident_id]).get(resident_id, ())),
        gender=row.gender,
        birth_year=row.birth_year,
        away=row.away,
        consent=row.consent,
        pin_locked=row.pin_failures >= WRONG_PINS_ALLOWED,
    )


def electorate(conn: Connection, community_id: int) -> list[Elector]:
    """Everybody with a vote in a community: on its roll and not a guest, by code."""
    table = store.resident
    mine = (table.c.community_id == community_id) & table.c.removed_at.is_(None) & table.c.is_guest.is_(False)
    query = select(table.c.id, table.c.group_name, table.c.household).where(mine).order_by(table.c.code)
    return [Elector(row.id, row.group_name, row.household) for row in conn.execute(query)]


def profiles(conn: Connection, community_id: int) -> list[Profile]:
    """Everybody with a vote in a community, as a lottery needs to know them, by code."""
    table = store.resident
    mine = (table.c.community_id == community_id) & table.c.removed_at.is_(None) & table.c.is_guest.is_(False)
    columns = (table.c.id, table.c.code, table.c.household, table.c.group_name, table.c.gender)
    query = select(*columns, table.c.birth_year, table.c.away).where(mine).order_by(table.c.code)
    return [Profile(*row) for row in conn.execute(query)]


def channels(conn: Connection, community_id: int) -> dict[int, str]:
    """How everybody ever on a community's roll is reached first, by id: "text" or "call"."""
    table = store.resident
    query = select(table.c.id, table.c.channel).where(table.c.community_id == community_id)
    return {row.id: row.channel for row in conn.execute(query)}


def households(conn: Connection, community_id: int) -> dict[int, str]:
    """The household of everybody ever on a community's roll, by id; "" where none was noted."""
    table = store.resident
    query = select(table.c.id, table.c.household).where(table.c.community_id == community_id)
    return {row.id: row.household for row in conn.execute(query)}


def reach(conn: Connection, resident_ids: Sequence[int]) -> list[Reach]:
    """How each of `resident_ids` is reached, in that order; those removed from the roll are left out."""
    found: dict[int, Reach] = {}
    for chunk in store.chunks(resident_ids):
        phones = store.phones_of(conn, chunk)
        for row in conn.execute(store.select_residents().where(store.resident.c.id.in_(chunk))):
            found[row.id] = store.to_reach(row, phones.get(row.id, ()))
    return [found[key] for key in dict.fromkeys(resident_ids) if key in found]


def community_resident_ids(conn: Connection, community_id: int) -> list[int]:
    """The ids of everybody on the roll of a community, guests too, by code."""
    table = store.resident
    query = select(table.c.id).where(table.c.community_id == community_id, table.c.removed_at.is_(None))
    return list(conn.execute(query.order_by(table.c.code)).scalars())


def is_registered(conn: Connection, number: PhoneNumber) -> bool:
    """Whether anybody on any roll is reached on `number`."""
    query = select(store.phone.c.id).where(store.phone.c.number == number.e164).limit(1)
    return conn.execute(query).first() is not None


def roll_size(conn: Connection, community_id: int) -> int:
    """How many people, guests too, are on the roll of a community."""
    mine = (store.resident.c.community_id == community_id) & store.resident.c.removed_at.is_(None)
    return conn.execute(select(func.count()).select_from(store.resident).where(mine)).scalar_one()


def roll_changes(conn: Connection, community_id: int) -> list[RollChange]:
    """What was done to a community's roll, oldest first; their number is the roll's version."""
    joined = store.roll_change.outerjoin(store.resident, store.roll_change.c.resident_id == store.resident.c.id)
    query = select(store.roll_change, store.resident.c.code).select_from(joined)
    mine = query.where(store.roll_change.c.community_id == community_id).order_by(store.roll_change.c.id)
    return [RollChange(row.kind, row.code or "", row.reason, row.by, row.at) for row in conn.execute(mine)]


def languages_spoken(conn: Connection, community_id: int) -> set[str]:
    """The languages of everybody on a community's roll."""
    return store.languages_spoken(conn, community_id)


def languages_in_use(conn: Connection, community_id: int) -> list[str]:
    """The languages that a community lists, then those of people on its roll. NotFound("community_unknown")."""
    spoken = store.languages_spoken(conn, community_id)
    return list(dict.fromkeys([*community(conn, community_id).languages, *sorted(spoken)]))


def everybody_ever(conn: Connection, community_id: int) -> dict[str, int]:
    """The ids of everybody ever on a community's roll, by code; those erased under a code that is nobody's."""
    return store.ids_by_code(conn, community_id)


def old_reasons(conn: Connection, before: datetime) -> int:
    """How many reasons for changes were written before a moment."""
    return store.count_old_reasons(conn, before)
