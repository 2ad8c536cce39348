"""The roll as a part of other rooms' queries: a broadcast to 100,000 people is planned without fetching one of them."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, ScalarSelect, Select, select

from gateway.roll import store


def select_reach() -> Select[Any]:
    """Everybody on a roll: `resident_id`, `language`, `channel`, `stopped`, `consent`, `phone` (the first, or NULL)."""
    person, phone = store.resident, store.phone
    first = person.outerjoin(phone, (phone.c.resident_id == person.c.id) & (phone.c.position == 0))
    columns = (
        person.c.id.label("resident_id"),
        person.c.language,
        person.c.channel,
        person.c.stopped,
        person.c.consent,
    )
    return select(*columns, phone.c.number.label("phone")).select_from(first).where(person.c.removed_at.is_(None))


def stopped_of(resident_id: ColumnElement[int], number: ColumnElement[str]) -> ScalarSelect[str]:
    """What that person has stopped (a StopKind), as a column; NULL when not on a roll or the number is not theirs."""
    person, phone = store.resident, store.phone
    joined = person.join(phone, phone.c.resident_id == person.c.id)
    theirs = (person.c.id == resident_id) & (phone.c.number == number) & person.c.removed_at.is_(None)
    return select(person.c.stopped).select_from(joined).where(theirs).limit(1).scalar_subquery()
