"""The roll as a part of other rooms' queries: a broadcast to 100,000 people is planned without fetching one of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, ScalarSelect, Select, func, select
from sqlalchemy.engine import Connection

from gateway.roll import store
from gateway.roll.model import Channel, Community


def select_reach(community_id: int | None = None) -> Select[Any]:
    """Everybody on a roll: `resident_id`, `language`, `channel`, `stopped`, `consent`, `phone` (the first, or NULL).

    Of one community, guests too, or of all. `reads_texts`: as the roll says; where it does not, whoever is reached by
    text does.
    """
    person, phone = store.resident, store.phone
    first = person.outerjoin(phone, (phone.c.resident_id == person.c.id) & (phone.c.position == 0))
    columns = (
        person.c.id.label("resident_id"),
        person.c.language,
        person.c.channel,
        person.c.stopped,
        person.c.consent,
        func.coalesce(person.c.reads_texts, person.c.channel == Channel.TEXT).label("reads_texts"),
    )
    query = select(*columns, phone.c.number.label("phone")).select_from(first).where(person.c.removed_at.is_(None))
    return query if community_id is None else query.where(person.c.community_id == community_id)


def stopped_of(resident_id: ColumnElement[int], number: ColumnElement[str]) -> ScalarSelect[str]:
    """What that person has stopped (a StopKind), as a column; NULL when not on a roll or the number is not theirs."""
    person, phone = store.resident, store.phone
    joined = person.join(phone, phone.c.resident_id == person.c.id)
    theirs = (person.c.id == resident_id) & (phone.c.number == number) & person.c.removed_at.is_(None)
    return select(person.c.stopped).select_from(joined).where(theirs).limit(1).scalar_subquery()


def people_of(
    conn: Connection,
    community_id: int,
    *,
    groups: Sequence[str] = (),
    households: Sequence[str] = (),
    language: str = "",
    channel: Channel | None = None,
) -> list[int]:
    """Everybody on a community's roll, guests too, who is in one of the groups, one of the households and so on."""
    table = store.resident
    query = select(table.c.id).where(table.c.community_id == community_id, table.c.removed_at.is_(None))
    if groups:
        query = query.where(table.c.group_name.in_(groups))
    if households:
        query = query.where(table.c.household.in_(households))
    if language:
        query = query.where(table.c.language == language)
    if channel is not None:
        query = query.where(table.c.channel == channel)
    return list(conn.execute(query.order_by(table.c.code)).scalars())


def names_in_use(conn: Connection, community_ids: Sequence[int]) -> tuple[set[str], set[str]]:
    """The groups and the households that people of these communities are in."""
    table = store.resident
    here = table.c.community_id.in_(community_ids) & table.c.removed_at.is_(None)
    groups = conn.execute(select(table.c.group_name).where(here).distinct()).scalars()
    households = conn.execute(select(table.c.household).where(here).distinct()).scalars()
    return set(groups) - {""}, set(households) - {""}


def with_children(conn: Connection, community: Community) -> list[Community]:
    """A community and all below it, by code, itself first."""
    everywhere = [store.to_community(row) for row in conn.execute(store.select_communities())]
    found, below = [community], [community.id]
    while below:
        children = [one for one in everywhere if one.parent_id in below and one not in found]
        found += sorted(children, key=lambda one: one.code)
        below = [one.id for one in children]
    return found
