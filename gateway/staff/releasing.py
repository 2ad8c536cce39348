"""Two people for what cannot be taken back: one asks, another agrees, then it is carried out. Never commits.

What is carried out, and by which duty, is known to whoever offers it (the console); here it is a name, a subject such
as "poll:3", and terms. A request is good for two days, so that nobody agrees to something long forgotten.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from gateway.kernel.db import UnitOfWork
from gateway.kernel.errors import Conflict, RuleError
from gateway.staff import views
from gateway.staff.model import Release, ReleaseState
from gateway.staff.store import releases, trail

GOOD_FOR = timedelta(days=2)


def ask(
    tx: UnitOfWork,
    community_id: int,
    action: str,
    subject: str,
    *,
    by: str,
    at: datetime,
    terms: Mapping[str, Any] | None = None,
) -> int:
    """Ask for a second person; returns the number of the request. Conflict("release_asked") when one waits already."""
    tx.lock("staff release", community_id)
    before = views.waiting_release(tx.connection, community_id, action, subject)
    if before is not None and before.state is ReleaseState.WAITING and at - before.asked_at < GOOD_FOR:
        raise Conflict("release_asked", by=before.asked_by)
    if before is not None:
        releases.move_release(tx, before.id, before.state, state=ReleaseState.WITHDRAWN, settled_at=at)
    return releases.insert_release(
        tx,
        {
            "community_id": community_id,
            "action": action,
            "subject": subject,
            "terms": dict(terms or {}),
            "state": ReleaseState.WAITING,
            "asked_by": by,
            "asked_at": at,
        },
    )


def agree(tx: UnitOfWork, release_id: int, community_id: int, *, by: str, at: datetime) -> Release:
    """Agree as the second person. One agreed to before, and not yet carried out, is returned as it is.

    NotFound("release_unknown"), RuleError("second_person_same", "release_too_old", "release_over").
    """
    found = views.release(tx.connection, release_id, community_id)
    if found.state is ReleaseState.AGREED:
        return found
    if by == found.asked_by:
        raise RuleError("second_person_same")
    if at - found.asked_at >= GOOD_FOR:
        raise RuleError("release_too_old")
    agreed = {"state": ReleaseState.AGREED, "settled_by": by, "settled_at": at}
    if not releases.move_release(tx, release_id, ReleaseState.WAITING, **agreed):
        raise RuleError("release_over")
    return views.release(tx.connection, release_id, community_id)


def done(tx: UnitOfWork, release_id: int) -> None:
    """It has been carried out."""
    releases.move_release(tx, release_id, ReleaseState.AGREED, state=ReleaseState.DONE)


def withdraw(tx: UnitOfWork, release_id: int, community_id: int, *, by: str, at: datetime) -> None:
    """Take a request back, or refuse it, before it is carried out.

    NotFound("release_unknown"), RuleError("release_over").
    """
    before = views.release(tx.connection, release_id, community_id).state
    settled = {"state": ReleaseState.WITHDRAWN, "settled_by": by, "settled_at": at}
    open_still = before in (ReleaseState.WAITING, ReleaseState.AGREED)
    if not open_still or not releases.move_release(tx, release_id, before, **settled):
        raise RuleError("release_over")


def note_act(
    tx: UnitOfWork,
    act: str,
    subject: str = "",
    *,
    by: str,
    role: str,
    status: int,
    at: datetime,
    community_id: int | None = None,
) -> None:
    """Write a line of the trail: names of things and their numbers, never what is in them. Status as in HTTP."""
    trail.append_act(
        tx,
        {
            "community_id": community_id,
            "by": by[:60],
            "role": role,
            "act": act[:60],
            "subject": subject[:60],
            "status": status,
            "at": at,
        },
    )
