"""Which role does what. Reading topics, polls and broadcasts is open to every account; these are what is not."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from gateway.staff.model import Role


class Duty(StrEnum):
    """Something that not every account may do. INBOX and ROLL are about seeing, the others about doing."""

    SCREEN = "screen"
    FOLLOW_UP = "follow_up"
    POLLS = "polls"
    INBOX = "inbox"
    ROLL = "roll"


DUTIES: Mapping[Role, frozenset[Duty]] = {
    Role.CLERK: frozenset(Duty),
    Role.MODERATOR: frozenset({Duty.SCREEN, Duty.FOLLOW_UP, Duty.INBOX, Duty.ROLL}),
    Role.RETURNING_OFFICER: frozenset({Duty.POLLS, Duty.ROLL}),
    Role.TOWNSHIP: frozenset({Duty.FOLLOW_UP}),
    Role.AUDITOR: frozenset(),
}


def may(role: Role, duty: Duty) -> bool:
    """Whether an account of `role` has `duty`."""
    return duty in DUTIES[role]
