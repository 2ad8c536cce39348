"""From the bytes of a roll file to rows ready to be entered, and every problem by line, column and reason. Pure.

What needs the database (codes in use, people who are on the roll already) is checked in `entering`.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, TypeVar

from gateway.kernel.errors import InputError
from gateway.kernel.ids import has_valid_check_digit
from gateway.kernel.phones import PhoneNumber, is_in_known_range
from gateway.roll import importing_columns as columns
from gateway.roll.model import Channel

Value = TypeVar("Value")

_DELIMITERS = (",", ";", "\t", "\uff0c")
_LATEST_BIRTH_YEAR = 2100


@dataclass(frozen=True)
class Problem:
    """What is wrong or odd: `line` as a text editor counts (0: the whole file), the column ("" for none), a reason.

    The sentence for `code` is `staff_roll.problem.<code>`, filled with `params`; it never quotes a cell.
    """

    line: int
    column: str
    code: str
    params: dict[str, str | int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class RollRow:
    """One person of a file; "" and None where the cell is empty. `pin_hash` is filled by `entering.give_pins`."""

    line: int
    name: str
    phones: tuple[PhoneNumber, ...] = ()
    code: str = ""
    pin: str = field(default="", repr=False)
    household: str = ""
    group: str = ""
    gender: str = ""
    birth_year: int | None = None
    language: str = ""
    channel: Channel = Channel.TEXT
    reads: bool | None = None
    away: bool = False
    consent: bool | None = None
    pin_hash: str = field(default="", repr=False)
    pin_made: bool = False

    @property
    def identity(self) -> tuple[str, str, int | None, str]:
        """By what a person without a code is taken for the same: name, household, year of birth, first number."""
        return self.name, self.household, self.birth_year, self.phones[0].e164 if self.phones else ""


@dataclass(frozen=True)
class ParsedRoll:
    """A file as read: enter it only when there are no `problems`; `warnings` are worth a look."""

    rows: tuple[RollRow, ...]
    problems: tuple[Problem, ...] = ()
    warnings: tuple[Problem, ...] = ()


def parse_roll(data: bytes, *, region: str | None, this_year: int = _LATEST_BIRTH_YEAR) -> ParsedRoll:
    """Read a CSV file (UTF-8 or GB18030; comma, semicolon or tab); `region` reads numbers without a country code."""
    try:
        text = _decode(data)
    except UnicodeDecodeError:
        return ParsedRoll((), (Problem(0, "", "file_unreadable"),))
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text), strict=True)
    sheet = _Sheet(region, this_year)
    for line, cells in _records(reader, sheet):
        if any(cell.strip() for cell in cells):
            sheet.take(line, cells)
    return sheet.finish()


def _decode(data: bytes) -> str:
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data.decode("utf-16")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = data.decode("gb18030")
    if "\0" in text:
        # A spreadsheet's own format was given instead of CSV.
        raise UnicodeDecodeError("csv", data[:1], 0, 1, "not text")
    return text


def _delimiter(text: str) -> str:
    heading = next((line for line in text.splitlines() if line.strip()), "")
    return max(_DELIMITERS, key=heading.count)


def _records(reader: Any, sheet: _Sheet) -> Iterator[tuple[int, list[str]]]:
    line = 1
    try:
        for cells in reader:
            yield line, cells
            line = reader.line_num + 1
    except csv.Error:
        # From here on quotes and cells are out of step; reading further would invent people.
        sheet.problems.append(Problem(line, "", "line_unreadable"))


class _Sheet:
    """Takes one record after the other: the headings first, then people."""

    def __init__(self, region: str | None, this_year: int) -> None:
        self.problems: list[Problem] = []
        self._warnings: list[Problem] = []
        self._rows: list[RollRow] = []
        self._columns: list[str | None] | None = None
        self._region = region
        self._this_year = this_year
        self._code_lines: dict[str, int] = {}
        self._person_lines: dict[tuple[str, str, int | None, str], int] = {}

    def take(self, line: int, cells: list[str]) -> None:
        """Read one record of the file."""
        if self._columns is None:
            self._columns = self._read_headings(line, cells)
        elif "name" in self._columns:
            self._read_person(line, cells, self._columns)

    def finish(self) -> ParsedRoll:
        """Everything read."""
        if self._columns is None:
            self.problems.append(Problem(0, "", "file_empty"))
        elif not self._rows and not self.problems:
            self.problems.append(Problem(0, "", "nobody_in_file"))
        return ParsedRoll(tuple(self._rows), tuple(self.problems), (*self._warnings, *self._counted_warnings()))

    def _read_headings(self, line: int, cells: list[str]) -> list[str | None]:
        found: list[str | None] = []
        for position, heading in enumerate(cells, start=1):
            column = columns.column_of(heading)
            if column is not None and column in found:
                self.problems.append(Problem(line, column, "column_twice"))
            if column is None and heading.strip():
                self._warnings.append(Problem(line, "", "column_ignored", {"position": position}))
            found.append(column)
        if "name" not in found:
            self.problems.append(Problem(line, "name", "column_missing"))
        return found

    def _read_person(self, line: int, cells: list[str], headings: list[str | None]) -> None:
        before = len(self.problems)
        if any(cell.strip() for cell in cells[len(headings) :]):
            self.problems.append(Problem(line, "", "too_many_cells"))
        pairs = zip(headings, map(columns.plain, cells), strict=False)
        texts = {column: cell for column, cell in pairs if column and cell}
        if "name" not in texts:
            self.problems.append(Problem(line, "name", "name_missing"))
        row = self._build(line, texts)
        self._check_repeats(row)
        if len(self.problems) == before:
            self._rows.append(row)

    def _build(self, line: int, texts: dict[str, str]) -> RollRow:
        def read(column: str, reader: Callable[[str], Value], default: Value) -> Value:
            text = texts.get(column)
            if text is None:
                return default
            try:
                return reader(text)
            except InputError as error:
                self.problems.append(Problem(line, column, error.code, error.params))
                return default

        return RollRow(
            line=line,
            name=read("name", columns.read_short, ""),
            phones=self._read_phones(line, texts),
            code=read("code", columns.read_code, ""),
            pin=read("pin", columns.read_pin, ""),
            household=read("household", columns.read_short, ""),
            group=read("group", columns.read_short, ""),
            gender=read("gender", columns.read_gender, ""),
            birth_year=read("birth_year", lambda text: columns.read_birth_year(text, self._this_year), None),
            language=read("language", columns.read_language, ""),
            channel=read("channel", columns.read_channel, Channel.TEXT),
            reads=read("reads", columns.read_yes_no, None),
            away=read("away", columns.read_yes_no, False),
            consent=read("consent", columns.read_yes_no, None),
        )

    def _read_phones(self, line: int, texts: dict[str, str]) -> tuple[PhoneNumber, ...]:
        numbers: dict[PhoneNumber, None] = {}
        for column in columns.PHONE_COLUMNS:
            if column not in texts:
                continue
            try:
                found = columns.read_phones(texts[column], self._region)
            except InputError as error:
                self.problems.append(Problem(line, column, error.code))
                continue
            if not all(map(is_in_known_range, found)):
                self._warnings.append(Problem(line, column, "phone_unusual"))
            numbers |= dict.fromkeys(found)
        return tuple(numbers)

    def _check_repeats(self, row: RollRow) -> None:
        if row.code:
            first = self._code_lines.setdefault(row.code, row.line)
            if first != row.line:
                self.problems.append(Problem(row.line, "code", "code_twice", {"first": first}))
            return
        # Two entries of one person would be two votes.
        first = self._person_lines.setdefault(row.identity, row.line)
        if first != row.line and row.name:
            self.problems.append(Problem(row.line, "name", "person_twice", {"first": first}))

    def _counted_warnings(self) -> list[Problem]:
        counts = {
            "codes_without_check_digit": sum(bool(r.code) and not has_valid_check_digit(r.code) for r in self._rows),
            "people_without_phone": sum(not r.phones for r in self._rows),
            "consent_not_stated": sum(r.consent is None for r in self._rows),
        }
        return [Problem(0, "", code, {"count": count}) for code, count in counts.items() if count]
