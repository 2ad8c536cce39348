"""300,000 status callbacks for a broadcast to 100,000: as fast at the end as at the beginning. Only by name.

Each text is reported as sent, as delivered, and as delivered once more, shuffled within a tenth of them all. The load is
`webhook_load.py`, the server granian as in production.
"""

from __future__ import annotations

import random
import statistics
import tempfile
from pathlib import Path

from sqlalchemy import func, select

from gateway.messaging.model import AttemptState
from gateway.messaging.store.tables import outbox
from tests.benchmarks.bench_webhooks import PRODUCT, Server, accepted_attempts, reports_of, running_server
from tests.benchmarks.measuring import Report, scaled
from tests.benchmarks.town import DATABASES, Town, town
from tests.servers import redis_server

ONLY_BY_NAME = True
PEOPLE = 100_000
TENTHS = 10
WORDS = ("sent", "delivered", "delivered")


def run(report: Report) -> None:
    """Print the rate of each tenth, and what became of the texts."""
    for database in DATABASES:
        people = scaled(PEOPLE)
        report.title(f"{people * len(WORDS):,} status callbacks, {database}")
        with (
            town(database, people) as made,
            tempfile.TemporaryDirectory() as folder,
            redis_server(Path(folder)) as redis_url,
            running_server(PRODUCT, made, redis_url) as product,
        ):
            _post_tenths(made, product)
            report.say("callbacks a second in each tenth: " + _listed(product.rates))
            report.say("processor of the server for each, µs: " + _listed(product.micros))
            report.goal(f"{database}: the last three tenths, of the first three", _end_of(product.rates), least=0.8)
            # On a busy machine only this tells whether the work itself grows.
            report.goal(f"{database}: the same by processor time", 1 / _end_of(product.micros), least=0.8)
            report.goal(f"{database}: texts whose delivery is not known", people - _delivered(made), most=0)


def _post_tenths(made: Town, product: Server) -> None:
    chance, attempts = random.Random(1), accepted_attempts(made, made.people)
    tenth = max(1, len(attempts) // TENTHS)
    for first in range(0, len(attempts), tenth):
        requests = [one for word in WORDS for one in reports_of(attempts[first : first + tenth], word)]
        chance.shuffle(requests)
        product.measure(requests)
        print(f"- {len(requests):,}: {product.rates[-1]:,.0f} a second", flush=True)


def _end_of(figures: list[float]) -> float:
    return statistics.mean(figures[-3:]) / statistics.mean(figures[:3])


def _listed(figures: list[float]) -> str:
    return ", ".join(f"{one:,.0f}" for one in figures)


def _delivered(made: Town) -> int:
    with made.engine.connect() as connection:
        done = select(func.count()).select_from(outbox).where(outbox.c.state == AttemptState.DELIVERED)
        return int(connection.execute(done).scalar_one())
