"""Votes given in person: at the desk, and on paper in batches that two people enter.

Both entries of a batch must say the same; each batch is entered once, whole or not at all. Whoever has voted in person
cannot replace that vote by telephone. Neither entry is kept, nor anything made of a choice.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping
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


def differences(first: Entry, second: Entry) -> list[str]:
    """The codes on which two entries differ, sorted; never by what."""
    codes = first.choices.keys() | second.choices.keys()
    return sorted(code for code in codes if first.choices.get(code) != second.choices.get(code))


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

    RuleError: paper_same_hand, paper_differs, paper_batch_known, paper_ballot_refused (with the code); InputError:
    paper_batch_wrong; errors of `actions.cast` that concern the whole poll.
    """
    batch = batch.strip()
    if not 0 < len(batch) <= LONGEST_BATCH or not first.choices:
        raise InputError("paper_batch_wrong", longest=LONGEST_BATCH)
    if not first.by or first.by == second.by:
        raise RuleError("paper_same_hand")
    if differing := differences(first, second):
        raise RuleError("paper_differs", count=len(differing), codes=" ".join(differing[:MOST_NAMED]))
    if not paper.insert_batch(tx, number, batch, len(first.choices), (first.by, second.by)):
        raise RuleError("paper_batch_known", batch=batch)
    receipts = {code: _cast(tx, number, code, choice, ports) for code, choice in first.choices.items()}
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
