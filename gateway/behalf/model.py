"""What is entered on somebody's behalf, as plain values, and its pure rules: what, by whom, why, revocable until when.

Nobody ever votes on another's behalf by text or call; votes in person at the desk are in `polls/`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from gateway.kernel.errors import InputError

# The kind of the message that tells the person; their `2` revokes.
TOLD = "behalf"
REVOKE_WITHIN = timedelta(days=1)
LONGEST_REASON = 200
LONGEST_NAME = 30
# So many characters of what was entered stand in the message.
SHOWN_CHARACTERS = 24


class Deed(StrEnum):
    """What can be entered for somebody else."""

    TOPIC = "topic"
    SUPPORT = "support"
    QUESTION = "question"
    STATEMENT = "statement"
    REPLY = "reply"


class State(StrEnum):
    """ENTERED: may be revoked for a day; CONFIRMED and REVOKED: the person, or staff for them, has said so."""

    ENTERED = "entered"
    CONFIRMED = "confirmed"
    REVOKED = "revoked"


@dataclass(frozen=True)
class Actor:
    """Who enters it and why: a member of staff by name (may be ""), or a helper, who is a resident."""

    name: str = ""
    reason: str = field(default="", repr=False)
    helper_id: int | None = None

    @property
    def by(self) -> str:
        """The way it came, for the record: it names nobody."""
        return "desk" if self.helper_id is None else "helper"


@dataclass(frozen=True)
class Entered:
    """One deed on somebody's behalf. `ref`: the id of what was made (topic, question, statement) or concerned (topic,
    meeting). `before` and `after`: a reply as it was and as it was entered, "" otherwise.
    """

    id: int
    community_id: int
    resident_id: int
    deed: Deed
    ref: int
    before: str
    after: str
    actor: Actor
    at: datetime
    until: datetime
    state: State

    def is_open(self, at: datetime) -> bool:
        """Whether the person may still revoke it."""
        return self.state is State.ENTERED and at <= self.until


@dataclass(frozen=True)
class Help:
    """A person's consent that another resident acts for them by telephone, as the clerk has recorded it."""

    id: int
    resident_id: int
    helper_id: int
    by: str
    reason: str = field(repr=False)
    since: datetime


def subject_of(entered_id: int) -> str:
    """What the message about a deed says it is about."""
    return f"{TOLD}:{entered_id}"


def check_actor(actor: Actor) -> Actor:
    """The actor in one line each. InputError("behalf_reason_wrong", "behalf_name_wrong")."""
    reason, name = " ".join(actor.reason.split()), " ".join(actor.name.split())
    if not 0 < len(reason) <= LONGEST_REASON:
        raise InputError("behalf_reason_wrong", most=LONGEST_REASON)
    if len(name) > LONGEST_NAME:
        raise InputError("behalf_name_wrong", most=LONGEST_NAME)
    return Actor(name, reason, actor.helper_id)
