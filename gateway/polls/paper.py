"""Votes given in person: at the desk, and on paper in batches that two people enter.

Both entries of a batch must say the same; each batch is entered once, whole or not at all. Whoever has voted in person
cannot replace that vote by telephone. Both entries come at once from two files (`enter_batch`), or one after the other
from two people at the desk (`gateway.polls.waiting`).
"""

from __future__ import annotations

import csv
import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from gateway.kernel.db import UnitOfWork
from gateway.kernel.errors import InputError, NotFound, RuleError
from gateway.kernel.ports import Ports
from gateway.polls import actions, views
from gateway.polls.store import paper
from gateway.record import actions as record
from gateway.record.model import Value
from gateway.roll import views as roll

COLUMNS = ("code", "choice")
LONGEST_BATCH = 40
# So many codes are named when entries differ; the first few are looked at anyway.
MOST_NAMED = 20
# A typed line: the code, then the choice.
_LINE = re.compile(r"([^\s,:;、]+)[\s,:;、]+(\S.*)")


@dataclass(frozen=True)
class Entry:
    """One person's entry of a batch: who entered it, and the choice on each resident's paper."""

    by: str
    choices: Mapping[str, str] = field(repr=False)


def read_entry(by: str, lines: Iterable[str]) -> Entry:
    """An entry from a CSV file with the columns `code,choice`.

    InputError: paper_columns, paper_unreadable (with its line), paper_twice (a code that is in it before).
    """
    reader = csv.DictReader(lines)
    if tuple(reader.fieldnames or ()) != COLUMNS:
        raise InputError("paper_columns")
    choices: dict[str, str] = {}
    for line, row in enumerate(reader, start=2):
        code, choice = ((row[name] or "").strip() for name in COLUMNS)
        if not code or not choice or None in row:
            raise InputError("paper_unreadable", line=line)
        if code in choices:
            raise InputError("paper_twice", line=line, resident=code)
        choices[code] = choice
    return Entry(by.strip(), choices)


def read_lines(by: str, text: str, read: Callable[[str], str | None]) -> Entry:
    """An entry as somebody types it, a paper a line: the code, a space, the choice in words that `read` understands.

    Empty lines and the line `code,choice` are passed over. InputError: paper_unreadable (with its line), paper_twice.
    """
    choices: dict[str, str] = {}
    lines = (line.strip() for line in unicodedata.normalize("NFKC", text).splitlines())
    for number, line in enumerate(lines, start=1):
        if not line or line == ",".join(COLUMNS):
            continue
        found = _LINE.fullmatch(line)
        choice = read(found[2].strip('"')) if found else None
        if not found or not choice:
            raise InputError("paper_unreadable", line=number)
        if found[1] in choices:
            raise InputError("paper_twice", line=number, resident=found[1])
        choices[found[1]] = choice
    return Entry(by.strip(), choices)


def check_batch(batch: str, entry: Entry) -> str:
    """The name of a batch without spaces around it; InputError("paper_batch_wrong") without a name or a paper."""
    batch = batch.strip()
    if not 0 < len(batch) <= LONGEST_BATCH or not entry.choices:
        raise InputError("paper_batch_wrong", longest=LONGEST_BATCH)
    return batch


def check_hands(first: str, second: str) -> None:
    """RuleError("paper_same_hand") unless two people have entered a batch."""
    if not first or first == second:
        raise RuleError("paper_same_hand")


def check_alike(first: Mapping[str, object], second: Mapping[str, object]) -> None:
    """RuleError("paper_differs") with the codes on which two entries differ; never by what."""
    codes = first.keys() | second.keys()
    if differing := sorted(code for code in codes if first.get(code) != second.get(code)):
        raise RuleError("paper_differs", count=len(differing), codes=" ".join(differing[:MOST_NAMED]))


def cast_in_person(tx: UnitOfWork, number: int, code: str, choice: str, *, ports: Ports) -> str:
    """Cast the ballot of somebody who is here, in place of any earlier one; returns the receipt.

    NotFound("resident_unknown") and the errors of `actions.cast`.
    """
    community = views.poll(tx.connection, number).community_id
    resident = roll.resident_by_code(tx.connection, community, code)
    if resident is None:
        raise NotFound("resident_unknown")
    return actions.cast(tx, number, resident.id, choice, ports=ports, in_person=True)


def enter_batch(
    tx: UnitOfWork, number: int, batch: str, first: Entry, second: Entry, *, ports: Ports
) -> dict[str, str]:
    """Cast all ballots of a batch of papers; returns the receipts by code.

    RuleError: paper_same_hand, paper_differs, and those of `cast_batch`; InputError: paper_batch_wrong.
    """
    batch = check_batch(batch, first)
    check_hands(first.by, second.by)
    check_alike(first.choices, second.choices)
    return cast_batch(tx, number, batch, (first.by, second.by), second.choices, ports=ports)


def cast_batch(
    tx: UnitOfWork, number: int, batch: str, by: tuple[str, str], choices: Mapping[str, str], *, ports: Ports
) -> dict[str, str]:
    """Cast what two people have entered alike; returns the receipts by code.

    RuleError: paper_batch_known, paper_ballot_refused (with the code); errors of `actions.cast` that concern the whole
    poll.
    """
    if not paper.insert_batch(tx, number, batch, len(choices), by):
        raise RuleError("paper_batch_known", batch=batch)
    receipts = {code: _cast(tx, number, code, choice, ports) for code, choice in choices.items()}
    entry: dict[str, Value] = {"poll": number, "batch": batch, "ballots": len(receipts)}
    record.append(tx, "poll.paper", f"poll:{number}", entry, at=ports.clock.now())
    return receipts


def _cast(tx: UnitOfWork, number: int, code: str, choice: str, ports: Ports) -> str:
    try:
        return cast_in_person(tx, number, code, choice, ports=ports)
    except (InputError, NotFound, RuleError) as error:
        if error.code in ("poll_not_open", "poll_keys_lost", "poll_unknown"):
            raise
        raise RuleError("paper_ballot_refused", resident=code) from None
