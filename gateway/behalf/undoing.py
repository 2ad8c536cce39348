"""How each kind of deed is undone; where it has gone too far for that, the error of its room says so."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime

from gateway.behalf.model import Deed, Entered
from gateway.kernel.db import UnitOfWork
from gateway.meetings import inviting, sitting
from gateway.meetings.model import Reply
from gateway.topics import withdrawing


def undo(tx: UnitOfWork, entered: Entered, *, at: datetime) -> None:
    """Take back what was entered; what the person has changed since stays as they changed it."""
    _UNDO[entered.deed](tx, entered, at)


def _topic(tx: UnitOfWork, entered: Entered, at: datetime) -> None:
    withdrawing.withdraw_topic(tx, entered.ref, at=at)


def _support(tx: UnitOfWork, entered: Entered, at: datetime) -> None:
    withdrawing.withdraw_support(tx, entered.ref, entered.resident_id, at=at)


def _question(tx: UnitOfWork, entered: Entered, at: datetime) -> None:
    withdrawing.withdraw_question(tx, entered.ref, at=at)


def _statement(tx: UnitOfWork, entered: Entered, at: datetime) -> None:
    sitting.withdraw_statement(tx, entered.ref, at=at)


def _reply(tx: UnitOfWork, entered: Entered, at: datetime) -> None:
    said, before = Reply(entered.after), Reply(entered.before)
    inviting.take_back_reply(tx, entered.ref, entered.resident_id, said, before, at=at)


_UNDO: Mapping[Deed, Callable[[UnitOfWork, Entered, datetime], None]] = {
    Deed.TOPIC: _topic,
    Deed.SUPPORT: _support,
    Deed.QUESTION: _question,
    Deed.STATEMENT: _statement,
    Deed.REPLY: _reply,
}
