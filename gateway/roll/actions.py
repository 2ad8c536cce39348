"""The verbs of the roll. Those that take `tx` never commit; `check_pin` has transactions of its own."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from gateway.kernel.clock import Clock
from gateway.kernel.db import Database, UnitOfWork
from gateway.kernel.errors import Conflict, InputError, NotFound
from gateway.kernel.languages import parse_language
from gateway.kernel.phones import PhoneNumber
from gateway.kernel.randomness import Randomness
from gateway.kernel.secret import Secret
from gateway.roll import entering, store, views
from gateway.roll.entering import ImportReport
from gateway.roll.importing import ParsedRoll
from gateway.roll.model import (
    COMMUNITY_CODE,
    WRONG_PINS_ALLOWED,
    ChangeKind,
    Community,
    NewCommunity,
    PinCheck,
    StopKind,
    make_pin,
)
from gateway.roll.pins import hash_pin, is_pin

LONGEST_REASON = 300


def add_community(tx: UnitOfWork, new: NewCommunity) -> Community:
    """Add a community with its telephone numbers.

    Raises InputError("community_code_unreadable", "community_name_missing", "timezone_unknown",
    "language_unreadable"), NotFound("community_unknown") for the parent, Conflict("community_exists", "line_taken").
    """
    _check_names(new)
    parent = views.community_by_code(tx.connection, new.parent_code) if new.parent_code else None
    if any(new.code == known.code for known in views.communities(tx.connection)):
        raise Conflict("community_exists", community=new.code)
    numbers = list(dict.fromkeys([*([new.number] if new.number else []), *new.more_numbers]))
    if store.lines_taken(tx.connection, numbers):
        raise Conflict("line_taken")
    languages = dict.fromkeys(parse_language(tag) for tag in new.languages)
    values = {
        "code": new.code,
        "name": new.name.strip(),
        "parent_id": parent.id if parent else None,
        "timezone": new.timezone,
        "languages": ",".join(languages),
    }
    key = store.insert_community(tx, values)
    store.insert_lines(tx, key, numbers)
    return views.community(tx.connection, key)


def set_line(tx: UnitOfWork, community_id: int, number: PhoneNumber, *, calls_back: bool) -> None:
    """Let a line answer calls, or reject them and call back. NotFound("line_unknown")."""
    if not store.set_calls_back(tx, community_id, number, calls_back=calls_back):
        raise NotFound("line_unknown")


def set_timezone(tx: UnitOfWork, community_id: int, timezone: str) -> None:
    """Move a community to another time zone. InputError("timezone_unknown"), NotFound("community_unknown")."""
    views.community(tx.connection, community_id)
    _check_timezone(timezone)
    store.set_timezone(tx, community_id, timezone)


def _check_names(new: NewCommunity) -> None:
    if not COMMUNITY_CODE.fullmatch(new.code) or len(new.code) > 40:  # noqa: PLR2004  # the column's width
        raise InputError("community_code_unreadable")
    if not new.name.strip() or not new.languages:
        raise InputError("community_name_missing")
    _check_timezone(new.timezone)


def _check_timezone(timezone: str) -> None:
    try:
        ZoneInfo(timezone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise InputError("timezone_unknown") from None


def import_roll(
    tx: UnitOfWork,
    community_id: int,
    parsed: ParsedRoll,
    *,
    randomness: Randomness,
    secret: Secret,
    guests: bool = False,
) -> ImportReport:
    """Enter everybody of a parsed file, or nobody: InputError("roll_has_problems") when a line is wrong or clashes.

    For long files call `entering.give_pins` on the rows before the transaction begins.
    """
    store.lock_community(tx, community_id)
    problems = [*parsed.problems, *entering.find_clashes(tx.connection, community_id, parsed)]
    if problems:
        raise InputError("roll_has_problems", count=len(problems))
    rows = entering.give_pins(parsed.rows, randomness=randomness, secret=secret)
    used = store.codes_used(tx.connection, community_id)
    coded = list(entering.give_codes(rows, used, randomness=randomness))
    language = views.community(tx.connection, community_id).languages[0]
    entering.write_people(tx, community_id, language, [row for row, _ in coded], guests=guests)
    return ImportReport(added=len(coded), made=entering.list_made(coded), warnings=parsed.warnings)


def set_language(tx: UnitOfWork, resident_id: int, language: str) -> None:
    """Speak to a resident in `language`. InputError("language_unreadable"), NotFound("resident_unknown")."""
    _change(tx, resident_id, language=parse_language(language), language_known=True)


def set_stop(tx: UnitOfWork, resident_id: int, stopped: StopKind) -> None:
    """Keep what a resident has stopped, or started again. NotFound("resident_unknown")."""
    _change(tx, resident_id, stopped=stopped)


def reset_pin(tx: UnitOfWork, resident_id: int, *, randomness: Randomness, secret: Secret) -> str:
    """Make a new PIN and unlock; returns it, for the person alone. NotFound("resident_unknown")."""
    pin = make_pin(randomness=randomness)
    pin_hash = hash_pin(pin, randomness=randomness, secret=secret)
    _change(tx, resident_id, pin_hash=pin_hash, pin_failures=0, pin_failed_at=None)
    return pin


def remove_resident(tx: UnitOfWork, resident_id: int, *, reason: str, by: str, at: datetime) -> None:
    """Take somebody off the roll: their vote, phones and PIN end; the code is never given again.

    Raises NotFound("resident_unknown"), InputError("reason_missing").
    """
    community_id = views.resident(tx.connection, resident_id).community_id
    note_change(tx, community_id, ChangeKind.REMOVE, resident_id=resident_id, reason=reason, by=by, at=at)
    _change(tx, resident_id, removed_at=at, pin_hash=None)
    store.delete_phones(tx, resident_id)


def erase_resident(tx: UnitOfWork, resident_id: int, *, reason: str, by: str, at: datetime) -> None:
    """Forget a person for good, whether on the roll or removed: what is left is a row that stands for nobody.

    Raises NotFound("resident_unknown"), InputError("reason_missing"), and InputError("reason_names_person") when the
    reason, which is kept, names the person.
    """
    person = views.resident(tx.connection, resident_id)
    numbers = [number.e164 for number in store.phones_of(tx.connection, [resident_id]).get(resident_id, [])]
    if any(told and told in reason for told in (person.name, person.code, *numbers)):
        raise InputError("reason_names_person")
    store.blank_resident(tx, resident_id, f"x{resident_id}", at)
    note_change(tx, person.community_id, ChangeKind.ERASE, reason=reason, by=by, at=at)


def forget_reasons(tx: UnitOfWork, before: datetime) -> int:
    """Forget what was written as reasons before a moment; that the roll was changed stays. Returns how many."""
    return store.blank_old_reasons(tx, before)


def note_change(
    tx: UnitOfWork,
    community_id: int,
    kind: ChangeKind,
    *,
    reason: str,
    by: str,
    at: datetime,
    resident_id: int | None = None,
) -> None:
    """Write down why the roll was changed and by whom. InputError("reason_missing")."""
    if not reason.strip():
        raise InputError("reason_missing")
    store.insert_change(
        tx,
        {
            "community_id": community_id,
            "resident_id": resident_id,
            "kind": kind,
            "reason": reason.strip()[:LONGEST_REASON],
            "by": by,
            "at": at,
        },
    )


def check_pin(db: Database, resident_id: int, pin: str, *, clock: Clock, secret: Secret) -> PinCheck:
    """Whether `pin` is the resident's. Five wrong tries in a row lock it, for this person only, until `reset_pin`.

    Own transactions; the hash is computed outside them. A right PIN writes nothing unless there were wrong ones
    before it: a row written just before a ballot would lie beside it in the database's log. So tries made at the
    very same moment may exceed five by as many as the server handles at once; the lock is looked at again afterwards.
    """
    with db.read() as conn:
        pin_hash, failures = store.pin_state(conn, resident_id)
    if pin_hash is None:
        return PinCheck.WRONG
    if failures >= WRONG_PINS_ALLOWED:
        return PinCheck.LOCKED
    if is_pin(pin, pin_hash, secret=secret):
        return _settle_right_pin(db, resident_id, pin_hash)
    with db.work() as tx:
        failures = store.count_wrong_pin(tx, resident_id, pin_hash, clock.now())
        tx.commit()
    return PinCheck.LOCKED if failures >= WRONG_PINS_ALLOWED else PinCheck.WRONG


def _settle_right_pin(db: Database, resident_id: int, pin_hash: str) -> PinCheck:
    with db.read() as conn:
        same_hash, failures = store.pin_state(conn, resident_id)
    if same_hash == pin_hash and failures == 0:
        return PinCheck.RIGHT
    with db.work() as tx:
        unlocked = store.forget_wrong_pins(tx, resident_id, pin_hash, WRONG_PINS_ALLOWED)
        tx.commit()
    return PinCheck.RIGHT if unlocked else PinCheck.LOCKED


def _change(tx: UnitOfWork, resident_id: int, **values: object) -> None:
    if not store.change_resident(tx, resident_id, **values):
        raise NotFound("resident_unknown")
