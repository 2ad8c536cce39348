"""Entering something for somebody who stands at the desk or is on the phone: who it is, who entered it and why."""

from __future__ import annotations

from collections.abc import Callable

from flask import request

from gateway.behalf.model import LONGEST_NAME, Actor, Entered
from gateway.kernel.db import UnitOfWork
from gateway.kernel.errors import NotFound
from gateway.roll import views as roll
from gateway.web.console.guard import here, signed_in
from gateway.web.pages.surroundings import this_gateway

Verb = Callable[[UnitOfWork, int, Actor], Entered]


def person_of(tx: UnitOfWork, code: str) -> int:
    """The id of the person of this community with that code. NotFound("resident_unknown")."""
    found = roll.resident_by_code(tx.connection, here().id, code.strip())
    if found is None:
        raise NotFound("resident_unknown")
    return found.id


def at_the_desk() -> Actor:
    """The account that is signed in, with the reason that the form gives."""
    return Actor(signed_in().name[:LONGEST_NAME], request.form.get("reason", ""))


def enter_for(code: str, verb: Verb) -> Entered:
    """Do `verb` for the person with that code, who is told and may revoke it for a day; errors are the verb's."""
    with this_gateway().db.work() as tx:
        entered = verb(tx, person_of(tx, code), at_the_desk())
        tx.commit()
    return entered
