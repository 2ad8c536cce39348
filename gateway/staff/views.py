"""Questions about accounts."""

from __future__ import annotations

from sqlalchemy.engine import Connection

from gateway.kernel.errors import NotFound
from gateway.staff import store
from gateway.staff.model import Staff


def staff(conn: Connection, staff_id: int) -> Staff:
    """The account with that id; NotFound("staff_unknown")."""
    row = conn.execute(store.select_staff().where(store.staff.c.id == staff_id)).first()
    if row is None:
        raise NotFound("staff_unknown")
    return store.to_staff(row)


def all_staff(conn: Connection) -> list[Staff]:
    """All accounts, by name."""
    return [store.to_staff(row) for row in conn.execute(store.select_staff().order_by(store.staff.c.name))]
