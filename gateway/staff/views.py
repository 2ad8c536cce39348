"""Questions about accounts."""

from __future__ import annotations

from sqlalchemy.engine import Connection

from gateway.kernel.errors import NotFound
from gateway.kernel.phones import PhoneNumber
from gateway.staff import store
from gateway.staff.model import BY_TELEPHONE, Staff


def staff(conn: Connection, staff_id: int) -> Staff:
    """The account with that id; NotFound("staff_unknown")."""
    row = conn.execute(store.select_staff().where(store.staff.c.id == staff_id)).first()
    if row is None:
        raise NotFound("staff_unknown")
    return store.to_staff(row)


def all_staff(conn: Connection) -> list[Staff]:
    """All accounts, by name."""
    return [store.to_staff(row) for row in conn.execute(store.select_staff().order_by(store.staff.c.name))]


def staff_on_phone(conn: Connection, number: PhoneNumber, community_id: int) -> Staff | None:
    """Who looks after the topics of a community from the telephone `number`; None for anybody else."""
    here = store.staff.c.phone == number.e164
    found = [store.to_staff(row) for row in conn.execute(store.select_staff().where(here).order_by(store.staff.c.id))]
    fit = (one for one in found if one.role in BY_TELEPHONE and not one.disabled)
    return next((one for one in fit if one.community_id in (None, community_id)), None)
