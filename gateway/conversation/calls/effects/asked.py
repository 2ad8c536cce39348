"""What we asked the caller and what takes a yes or a no; the questions come from `conversation/pending.py`."""

from __future__ import annotations

from sqlalchemy.engine import Connection

from gateway.conversation.calls.effects.choosing import waiting_choice
from gateway.conversation.calls.step import Step
from gateway.conversation.pending import Judging, Referring, first_waiting, source_of
from gateway.followup import confirming
from gateway.followup.judging import RATINGS
from gateway.followup.model import Verdict
from gateway.kernel.db import UnitOfWork
from ivr_flows.model import Value
from ivr_flows.session import Outcome


def find_question(step: Step, conn: Connection) -> Outcome:
    """The next question that waits for this resident and was not put off in this call."""
    found = first_waiting(conn, step.number("resident"), step.now, leaving_out=_put_off(step))
    if found:
        return Outcome("waiting", {"asked": found, "speakable": isinstance(source_of(found)[0], Referring)})
    return waiting_choice(step, conn, _put_off(step)) or Outcome("none")


def answer_yes(step: Step, tx: UnitOfWork) -> Outcome:
    """Yes."""
    return _answer(step, tx, yes=True)


def answer_no(step: Step, tx: UnitOfWork) -> Outcome:
    """No."""
    return _answer(step, tx, yes=False)


def give_grade(step: Step, tx: UnitOfWork) -> Outcome:
    """How well it is done, 1 to 5."""
    _, topic_id = source_of(step.text("asked"))
    resident = step.number("resident")
    kept = confirming.judge(tx, topic_id, resident, Verdict.DONE, at=step.now, rating=step.number("grade"))
    return Outcome("noted" if kept else "gone")


def answer_later(step: Step, _conn: Connection) -> Outcome:
    """Not in this call."""
    return Outcome("noted", {"asked_later": ",".join({*_put_off(step), step.text("asked")})})


def _answer(step: Step, tx: UnitOfWork, *, yes: bool) -> Outcome:
    source, ref = source_of(step.text("asked"))
    taken = source.answer(tx, ref, step.number("resident"), yes, at=step.now, wording=step.wording)
    # Whatever became of it, it is not asked twice in one call.
    values: dict[str, Value] = {"asked_later": ",".join({*_put_off(step), step.text("asked")})}
    if taken and yes and isinstance(source, Judging):
        return Outcome("grade", values | {"grades": list(RATINGS)})
    return Outcome("noted" if taken else "gone", values)


def _put_off(step: Step) -> set[str]:
    return {key for key in step.text("asked_later").split(",") if key}
