"""A time to be received by a delegate, by text: 1 the earliest, 2 a later one, 3 not; or "约5" at any time."""

from __future__ import annotations

from gateway.conversation.acts.asking import ask, move_on
from gateway.conversation.answers import Answer, Turn
from gateway.conversation.store import Asked
from gateway.conversation.understanding.parse import answers_number, answers_yes_or_no, calls_off
from gateway.delegates import receiving, views
from gateway.delegates.model import RECEPTION, RECEPTION_REMINDER, ReceptionDay, Slot
from gateway.delegates.telling import moment_words
from gateway.kernel.errors import NotFound, RuleError
from gateway.roll import views as roll

EARLIEST, LATER, LEAVE = 1, 2, 3


def reception_answer(turn: Turn) -> Answer | None:
    """The answer to an announcement, or to "you are booked", if that was our last message; else None."""
    number, booked = _asked(turn)
    if not number:
        return None
    wish = answers_number(turn.text)
    if wish is None and (said := answers_yes_or_no(turn.text)) is not None:
        wish = EARLIEST if said else LEAVE
    if wish == EARLIEST:
        return _book(turn, number)
    if wish == LEAVE or (not booked and wish is not None):
        return _leave(turn, number)
    return _later(turn, number) if wish == LATER else None


def booking(turn: Turn) -> Answer:
    """ "约5" takes the earliest time, "约5 取消" gives it back."""
    number = int(turn.meaning.number)
    return _leave(turn, number) if calls_off(turn.meaning.words) else _book(turn, number)


def _asked(turn: Turn) -> tuple[int, bool]:
    """The reception day that our last message was about, and whether a time is taken."""
    if turn.question is not None:
        asked = turn.question.asked is Asked.RECEPTION
        return (turn.question.ref, True) if asked else (0, False)
    if turn.last_told is None or turn.last_told.kind not in (RECEPTION, RECEPTION_REMINDER):
        return 0, False
    return int(turn.last_told.subject.partition(":")[2]), turn.last_told.kind == RECEPTION_REMINDER


def _book(turn: Turn, number: int) -> Answer:
    try:
        slot = receiving.book(turn.tx, number, turn.resident.id, at=turn.now)
    except (NotFound, RuleError) as error:
        return _refused(turn, number, error)
    return _booked(turn, number, slot)


def _later(turn: Turn, number: int) -> Answer:
    try:
        slot = receiving.book_later(turn.tx, number, turn.resident.id, at=turn.now)
    except (NotFound, RuleError) as error:
        return _refused(turn, number, error)
    return _booked(turn, number, slot)


def _leave(turn: Turn, number: int) -> Answer:
    try:
        receiving.leave(turn.tx, number, turn.resident.id, at=turn.now)
    except (NotFound, RuleError) as error:
        return _refused(turn, number, error)
    ask(turn, Asked.RECEPTION, ref=number)
    return Answer((_said(turn, number, "left"),), asks=True)


def _booked(turn: Turn, number: int, slot: Slot) -> Answer:
    ask(turn, Asked.RECEPTION, ref=number)
    return Answer((_said(turn, number, "booked", slot),), asks=True)


def _refused(turn: Turn, number: int, error: NotFound | RuleError) -> Answer:
    move_on(turn)
    known = {"reception_full": "full", "reception_over": "over"}
    key = known.get(error.code, "unknown")
    if key != "full":
        words = turn.wording.say(
            f"delegate_news.reception.{key}", turn.resident.language, village=turn.community.name, reception=number
        )
        return Answer((words,))
    return Answer((_said(turn, number, key),))


def _said(turn: Turn, number: int, key: str, slot: Slot | None = None) -> str:
    conn, language = turn.tx.connection, turn.resident.language
    day: ReceptionDay = views.reception_day(conn, number)
    when = moment_words(turn.wording, slot.starts_at if slot else day.starts_at, turn.community.timezone)
    return turn.wording.say(
        f"delegate_news.reception.{key}",
        language,
        village=turn.community.name,
        reception=number,
        who=roll.resident(conn, day.guest_id).name,
        place=day.place,
        when=when[turn.wording.language_for(language)],
    )
