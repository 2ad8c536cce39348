"""The same as tables: CSV for spreadsheets, with a byte order mark so that Chinese survives them.

A cell that would be taken for a formula is led by an apostrophe (OWASP, CSV Injection).
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from typing import Any

from gateway.polls.model import Poll, Result
from gateway.roll.model import Community

_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def table(columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    """Rows under their columns."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(columns)
    writer.writerows([_cell(one) for one in row] for row in rows)
    return "\ufeff" + out.getvalue()


def _cell(value: Any) -> Any:
    if value is None:
        return ""
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA) else value


def result_rows(community: Community, poll: Poll, result: Result) -> list[tuple[str, str, int]]:
    """(group, option, count) of a result; the group "" is everybody; withheld groups are left out."""
    options = poll.words(community.languages[0]).options

    def words(code: str) -> str:
        return options[int(code) - 1] if code.isdigit() and options else code

    rows = [("", words(code), value) for code, value in result.counts.items() if not result.withheld]
    for name, group in result.by_group.items():
        if not group.withheld:
            rows += [(name, words(code), value) for code, value in group.counts.items()]
    return rows
