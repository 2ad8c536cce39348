"""Questions about accounts."""

from __future__ import annotations

from sqlalchemy.engine import Connection

from gateway.kernel.errors import NotFound
from gateway.kernel.phones import PhoneNumber
from gateway.staff.model import BY_TELEPHONE, Act, Release, ReleaseState, Role, Session, Staff
from gateway.staff.store import accounts as store
from gateway.staff.store import releases, sessions, trail


def staff(conn: Connection, staff_id: int) -> Staff:
    """The account with that id; NotFound("staff_unknown")."""
    row = conn.execute(store.select_staff().where(store.staff.c.id == staff_id)).first()
    if row is None:
        raise NotFound("staff_unknown")
    return store.to_staff(row)


def staff_by_name(conn: Connection, name: str) -> Staff:
    """The account with that name; NotFound("staff_unknown")."""
    row = store.find_by_name(conn, name)
    if row is None:
        raise NotFound("staff_unknown")
    return store.to_staff(row)


def role_in(conn: Connection, staff: Staff, community_id: int, parent_id: int | None) -> Role | None:
    """What an account is in a community under `parent_id`; None: nothing, and the community is not there for it.

    A post counts before the account's own role, which holds in its community, or in all where it has none. The
    township's holds in the villages below too.
    """
    post = store.posts_of(conn, staff.id).get(community_id)
    if post is not None:
        return post
    if staff.community_id in (None, community_id):
        return staff.role
    return staff.role if staff.role is Role.TOWNSHIP and parent_id == staff.community_id else None


def all_staff(conn: Connection) -> list[Staff]:
    """All accounts, by name."""
    return [store.to_staff(row) for row in conn.execute(store.select_staff().order_by(store.staff.c.name))]


def telephones(conn: Connection, community_id: int) -> list[PhoneNumber]:
    """The numbers from which a community's own topics are looked after; not those of accounts for all communities."""
    here = (store.staff.c.community_id == community_id) & store.staff.c.phone.is_not(None)
    rows = conn.execute(store.select_staff().where(here, store.staff.c.disabled.is_(False)).order_by(store.staff.c.id))
    return [PhoneNumber(row.phone) for row in rows if Role(row.role) in BY_TELEPHONE]


def staff_on_phone(conn: Connection, number: PhoneNumber, community_id: int) -> Staff | None:
    """Who looks after the topics of a community from the telephone `number`; None for anybody else."""
    here = store.staff.c.phone == number.e164
    found = [store.to_staff(row) for row in conn.execute(store.select_staff().where(here).order_by(store.staff.c.id))]
    fit = (one for one in found if one.role in BY_TELEPHONE and not one.disabled)
    return next((one for one in fit if one.community_id in (None, community_id)), None)


def sessions_of(conn: Connection, staff_id: int) -> list[Session]:
    """Where an account is signed in, newest first."""
    return sessions.sessions_of(conn, staff_id)


def acts(conn: Connection, community_id: int | None, *, most: int, skip: int = 0) -> list[Act]:
    """The trail of a community (None: of all, and of what belongs to none), newest first."""
    return trail.find_acts(conn, community_id, most, skip)


def count_acts(conn: Connection, community_id: int | None) -> int:
    """How many lines the trail of a community has (None: all)."""
    return trail.count_acts(conn, community_id)


def broken_at(conn: Connection) -> int | None:
    """The first line of the trail that does not follow from the one before; None when all do."""
    return trail.broken_at(conn)


def release(conn: Connection, release_id: int, community_id: int) -> Release:
    """One request for a second person in a community; NotFound("release_unknown")."""
    found = releases.find_release(conn, release_id)
    if found is None or found.community_id != community_id:
        raise NotFound("release_unknown")
    return found


def waiting_releases(conn: Connection, community_id: int) -> list[Release]:
    """What waits in a community for a second person, or was agreed to and is still to be carried out; oldest first."""
    return releases.find_releases(conn, community_id, (ReleaseState.WAITING, ReleaseState.AGREED))


def waiting_release(conn: Connection, community_id: int, action: str, subject: str) -> Release | None:
    """The request for `action` on `subject` that waits, if there is one."""
    found = waiting_releases(conn, community_id)
    return next((one for one in found if (one.action, one.subject) == (action, subject)), None)
