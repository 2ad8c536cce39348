"""One file with everything that a sceptic needs to count a poll again, without us and without a network.

It holds the frozen terms, the published result, all receipts, all salted choices, the poll's entries of the record with
their proofs, and the record's head. Read from the database in one go; `auditing` checks it.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy.engine import Connection

from gateway.polls import views
from gateway.polls.store import published as store
from gateway.record import views as record
from gateway.record.model import Entry, moment_text

FORMAT = "xiangyin-poll/1"


def published_poll(conn: Connection, number: int) -> dict[str, Any]:
    """The file of a closed poll. RuleError: result_not_yet, poll_void; NotFound: poll_unknown."""
    receipts = list(views.receipts(conn, number))
    head = record.head(conn)
    return {
        "format": FORMAT,
        "poll": number,
        "terms": views.frozen_terms(conn, number),
        "result": store.find_result(conn, number),
        "receipts": receipts,
        "choices": [list(one) for one in views.choices(conn, number)],
        "record": [_entry(conn, entry, head.size) for entry in record.entries_about(conn, f"poll:{number}")],
        "head": {"size": head.size, "root": head.root},
    }


def _entry(conn: Connection, entry: Entry, size: int) -> dict[str, Any]:
    return {
        "seq": entry.seq,
        "kind": entry.kind,
        "subject": entry.subject,
        "at": moment_text(entry.at),
        "data": dict(entry.data),
        "proof": record.inclusion(conn, entry.seq, size),
    }
