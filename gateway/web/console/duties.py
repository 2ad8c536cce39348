"""Which role does what, and what an address asks for. Reading topics, polls and broadcasts is open to every account."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import Any, TypeVar

from gateway.staff.model import Role

View = TypeVar("View", bound=Callable[..., Any])


class Duty(StrEnum):
    """Something that not every account may do. INBOX, ROLL and TRAIL are about seeing, the others about doing.

    AGREE: be the second person for what cannot be taken back. BEHALF: enter something for somebody else.
    """

    SCREEN = "screen"
    FOLLOW_UP = "follow_up"
    POLLS = "polls"
    PANELS = "panels"
    MEETINGS = "meetings"
    SEND = "send"
    AGREE = "agree"
    INBOX = "inbox"
    ROLL = "roll"
    ROLL_CHANGE = "roll_change"
    BEHALF = "behalf"
    SETTINGS = "settings"
    TRAIL = "trail"


DUTIES: Mapping[Role, frozenset[Duty]] = {
    Role.CLERK: frozenset(Duty),
    Role.MODERATOR: frozenset({Duty.SCREEN, Duty.FOLLOW_UP, Duty.MEETINGS, Duty.INBOX, Duty.ROLL, Duty.BEHALF}),
    Role.RETURNING_OFFICER: frozenset({Duty.POLLS, Duty.PANELS, Duty.AGREE, Duty.ROLL, Duty.TRAIL}),
    Role.TOWNSHIP: frozenset({Duty.FOLLOW_UP, Duty.AGREE, Duty.TRAIL}),
    Role.AUDITOR: frozenset({Duty.TRAIL}),
}


def may(role: Role, duty: Duty) -> bool:
    """Whether an account that is `role` in a community has `duty` there."""
    return duty in DUTIES[role]


def needs(duty: Duty | None, *, noted: bool = False) -> Callable[[View], View]:
    """Say what an address asks for (None: any account); `noted`: reading it is a line of the trail, as changing is.

    The door opens no address that says nothing.
    """

    def declare(view: View) -> View:
        view.needs = duty  # type: ignore[attr-defined]  # read by the guard alone
        view.noted = noted  # type: ignore[attr-defined]
        return view

    return declare
