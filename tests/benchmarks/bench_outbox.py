"""P7 and P9: writing the deliveries and the outbox of a broadcast, wording and channel chosen for each person.

Beside it one `INSERT … SELECT` that writes the same columns of an outbox with the same indexes, with nothing to choose. The
broadcast writes two rows for each person (the delivery and its first attempt); what is counted is people.
"""

from __future__ import annotations

from functools import partial

from sqlalchemy import insert, literal, select

from gateway.kernel.db import Moment
from gateway.messaging.store.tables import outbox
from gateway.roll.store import phone, resident
from tests.benchmarks.measuring import Report, rate, rounds, scaled, side_by_side
from tests.benchmarks.town import DATABASES, Town, start, town

PEOPLE = 100_000


def run(report: Report) -> None:
    """Print the ratio and the growth on both databases."""
    people = scaled(PEOPLE)
    for database in DATABASES:
        report.title(f"Outbox rows for {people:,} people, {database} (P7, P9)")
        with town(database, people) as made:
            empty = partial(_empty, made)
            decide = rate(partial(_decide, made, people), before=empty)
            pair = side_by_side(decide, rate(partial(_plain, made), before=empty), rounds=rounds())
            tenth = side_by_side(rate(partial(_decide, made, people // 10), before=empty), decide, rounds=rounds())
        report.say(f"{pair.subject:,.0f} people/s; INSERT … SELECT {pair.baseline:,.0f} rows/s")
        report.goal(f"P7 {database}", pair.ratio, least=0.3)
        report.goal(f"P9 outbox {database}: t({people:,}) / t({people // 10:,})", 10 * tenth.ratio, most=11)


def _decide(made: Town, people: int) -> int:
    start(made, made.people[:people])
    return people


def _plain(made: Town) -> int:
    rows = select(
        literal(1), resident.c.id, literal(1), literal("text"), phone.c.number, literal("ready"),
        literal(made.ports.clock.now(), Moment()), literal(""), literal(""), literal(0), literal(""),
    ).join(phone, phone.c.resident_id == resident.c.id)  # fmt: skip
    names = ["broadcast_id", "delivery_id", "step", "channel", "phone", "state", "due_at", "outcome", "error", "tries",
             "carrier"]  # fmt: skip
    with made.engine.begin() as connection:
        connection.execute(insert(outbox).from_select(names, rows))
    return len(made.people)


def _empty(made: Town) -> None:
    with made.engine.begin() as connection:
        for table in ("outbox", "delivery", "broadcast_text", "broadcast"):
            connection.exec_driver_sql(f"DELETE FROM {table}")
