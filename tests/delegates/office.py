"""A village with a delegate, for the tests of this room and of the level above."""

from __future__ import annotations

from sqlalchemy import insert, select, update

from gateway.kernel.db import metadata
from gateway.kernel.phones import PhoneNumber
from gateway.kernel.ports import Ports
from gateway.roll import actions as roll
from gateway.roll.model import NewCommunity
from tests.polls.village import Village


def a_guest(ports: Ports, village: Village, name: str = "周代表") -> int:
    """A delegate on the village's roll, with a telephone."""
    people, phones = metadata.tables["resident"], metadata.tables["phone"]
    values = {"community_id": village.id, "code": "90011", "name": name, "language": "zh", "is_guest": True}
    with ports.db.work() as tx:
        tx.execute(insert(people).values(values))
        here = (people.c.code == "90011") & (people.c.community_id == village.id)
        key: int = tx.execute(select(people.c.id).where(here)).scalar_one()
        tx.execute(insert(phones).values(resident_id=key, number=f"+86139{key:08}", position=0))
        tx.commit()
    return key


def a_township(ports: Ports, *villages: Village) -> int:
    """A township above the villages."""
    table = metadata.tables["community"]
    with ports.db.work() as tx:
        above = roll.add_community(tx, NewCommunity("town", "石镇", PhoneNumber("+8657112345679")))
        for village in villages:
            tx.execute(update(table).where(table.c.id == village.id).values(parent_id=above.id))
        tx.commit()
    return above.id
