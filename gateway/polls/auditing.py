"""Counting a poll again from its published file alone: no database, no network, no trust in whoever published it.

Every check has a name; what it found is said in words by whoever called (`poll_audit` of the catalogue). A file that is
whole but says something else than its ballots fails at the check that shows it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from gateway.kernel.errors import InputError
from gateway.kernel.ids import has_valid_check_digit
from gateway.polls.counting import count
from gateway.polls.counting.recounting import agrees, poll_of_terms
from gateway.polls.model import NO_GROUP, Poll, Result, result_from_json
from gateway.polls.publishing import FORMAT
from gateway.polls.unsealing import choice_line, digest_lines
from gateway.record import tree
from gateway.record.model import canonical_json, entry_bytes


class Check(StrEnum):
    """What is looked at, in this order."""

    TERMS = "terms"
    RECORD = "record"
    RECEIPTS = "receipts"
    CHOICES = "choices"
    NUMBERS = "numbers"
    COUNT = "count"


@dataclass(frozen=True)
class Finding:
    """One check and whether it holds; None where the file withholds what the check would need, as the rules say."""

    check: Check
    holds: bool | None


@dataclass(frozen=True)
class Audit:
    """What an audit found. `root` is the record's head in the file: compare it with one noted elsewhere."""

    poll: int
    result: Result
    findings: tuple[Finding, ...]
    root: str
    size: int

    @property
    def holds(self) -> bool:
        """Whether nothing speaks against the file."""
        return all(finding.holds is not False for finding in self.findings)


@dataclass(frozen=True)
class _File:
    poll: Poll
    terms_text: str
    result: Result
    result_json: Mapping[str, Any]
    receipts: Sequence[str]
    choices: Sequence[tuple[str, str, int]]
    entries: Mapping[str, Mapping[str, Any]]
    all_entries: Sequence[Mapping[str, Any]]
    head: Mapping[str, Any]


def audit(text: str) -> Audit:
    """Check the published file `text` of a poll. InputError("audit_file_unreadable") when it is no such file."""
    file = _read(text)
    findings = tuple(Finding(check, _run(look, file)) for check, look in _CHECKS.items())
    return Audit(file.poll.number, file.result, findings, str(file.head["root"]), int(file.head["size"]))


def _run(look: Callable[[_File], bool | None], file: _File) -> bool | None:
    try:
        return look(file)
    except (KeyError, ValueError, TypeError, IndexError, AttributeError):
        # What cannot even be read does not hold.
        return False


def _read(text: str) -> _File:
    try:
        data = json.loads(text)
        {FORMAT: None}[data["format"]]
        return _File(
            poll=poll_of_terms(json.loads(data["terms"])),
            terms_text=data["terms"],
            result=result_from_json(data["result"]),
            result_json=data["result"],
            receipts=[str(receipt) for receipt in data["receipts"]],
            choices=[(str(salt), str(choice), int(group)) for salt, choice, group in data["choices"]],
            entries={entry["kind"]: entry for entry in data["record"]},
            all_entries=data["record"],
            head={"size": int(data["head"]["size"]), "root": str(data["head"]["root"])},
        )
    except (ValueError, KeyError, TypeError, AttributeError):
        raise InputError("audit_file_unreadable") from None


def _terms(file: _File) -> bool:
    """The terms are those whose hash went on the record at opening."""
    opened = file.entries["poll.opened"]["data"]
    same = hashlib.sha256(file.terms_text.encode()).hexdigest() == opened["sha256"]
    return same and [opened["poll"], file.result.poll] == [file.poll.number] * 2


def _record(file: _File) -> bool:
    """Every entry is in the record under the head that the file names, in the order of the steps."""
    root, size = bytes.fromhex(file.head["root"]), file.head["size"]
    for entry in file.all_entries:
        at = datetime.fromisoformat(entry["at"])
        leaf = tree.leaf_hash(entry_bytes(entry["seq"], entry["kind"], entry["subject"], entry["data"], at))
        proof = [bytes.fromhex(step) for step in entry["proof"]]
        if not tree.is_included(leaf, entry["seq"], size, proof, root):
            return False
    steps = [file.entries[kind]["seq"] for kind in ("poll.opened", "poll.box", "poll.result")]
    moved = [entry["seq"] for entry in file.all_entries if entry["kind"] == "poll.extended"]
    return steps == sorted(steps) and all(steps[0] < seq < steps[1] for seq in moved)


def _receipts(file: _File) -> bool:
    """There is one receipt for each ballot, each with its check digit, none twice, and it is the recorded list."""
    recorded = file.entries["poll.result"]["data"]["receipts_sha256"]
    good = all(has_valid_check_digit(receipt) for receipt in file.receipts)
    single = len(set(file.receipts)) == len(file.receipts) == file.result.participants
    return good and single and digest_lines(file.receipts) == recorded


def _choices(file: _File) -> bool:
    """The ballots are the recorded list, each a choice of this poll with a salt of its own."""
    recorded = file.entries["poll.result"]["data"]["choices_sha256"]
    salts = {salt for salt, _, _ in file.choices}
    allowed = all(file.poll.form.allows(choice) for _, choice, _ in file.choices)
    return len(salts) == len(file.choices) and allowed and digest_lines(_lines(file)) == recorded


def _lines(file: _File) -> list[str]:
    return [choice_line(*one) for one in file.choices]


def _numbers(file: _File) -> bool:
    """As many ballots as people who took part, as the frozen box said, and no more than electors."""
    box, opened = file.entries["poll.box"]["data"], file.entries["poll.opened"]["data"]
    ballots = len(file.choices) if not file.result.withheld else file.result.participants
    electors = json.loads(file.terms_text)["electors"]
    took_part = [ballots, box["participants"]] == [file.result.participants] * 2
    entitled = [electors, opened["electors"]] == [file.result.eligible] * 2
    return took_part and entitled and file.result.participants <= file.result.present <= file.result.eligible


def _count(file: _File) -> bool | None:
    """The ballots, counted again by the frozen terms, give the published result, which is the recorded one."""
    recorded = file.entries["poll.result"]["data"]["result_sha256"]
    if digest_lines([canonical_json(dict(file.result_json))]) != recorded:
        return False
    if file.result.withheld:
        return None
    return agrees(file.poll, file.result, _counted(file, len(file.result.by_group)))


def _counted(file: _File, groups: int) -> list[dict[str, int]]:
    """Ballots by choice of each group, and last of those whose group is withheld (all, without groups)."""
    shifted = ((groups if group == NO_GROUP or not groups else group, choice) for _, choice, group in file.choices)
    return count(shifted, groups + 1, file.poll.form)


_CHECKS: dict[Check, Callable[[_File], bool | None]] = {
    Check.TERMS: _terms,
    Check.RECORD: _record,
    Check.RECEIPTS: _receipts,
    Check.CHOICES: _choices,
    Check.NUMBERS: _numbers,
    Check.COUNT: _count,
}
