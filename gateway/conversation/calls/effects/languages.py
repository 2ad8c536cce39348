"""The language of this call and of all that comes after."""

from __future__ import annotations

from sqlalchemy.engine import Connection

from gateway.conversation.calls.step import Step
from gateway.conversation.calls.views import languages_of
from gateway.kernel.db import UnitOfWork
from gateway.roll import actions as roll_actions
from ivr_flows.session import Outcome


def list_languages(step: Step, conn: Connection) -> Outcome:
    """The languages that the community speaks and the line knows."""
    known = languages_of(step, conn)
    return Outcome("several" if len(known) > 1 else "one", {"languages": list(range(1, len(known) + 1))})


def set_language(step: Step, tx: UnitOfWork) -> Outcome:
    """Speak the chosen language with this resident from now on."""
    language = languages_of(step, tx.connection)[step.number("language_at") - 1]
    roll_actions.set_language(tx, step.number("resident"), language)
    return Outcome("set", {"language": language})
