"""300,000 status callbacks for a broadcast to 100,000: as fast at the end as at the beginning. Only by name.

Each text is reported as sent, as delivered, and as delivered once more, shuffled within a tenth of them all. The load is
`webhook_load.py`, the server granian as in production.
"""

from __future__ import annotations

import random
import statistics
import tempfile
import time
from pathlib import Path

from sqlalchemy import func, select

from gateway.messaging.model import AttemptState
from gateway.messaging.store.tables import outbox
from tests.benchmarks.bench_webhooks import PRODUCT, accepted_attempts, reports_of, running_server
from tests.benchmarks.measuring import Report, scaled
from tests.benchmarks.town import DATABASES, Town, town
from tests.benchmarks.webhook_load import post_all
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
            rates = _post_tenths(made, product.port)
            report.say("callbacks a second in each tenth: " + ", ".join(f"{rate:,.0f}" for rate in rates))
            share = statistics.mean(rates[-3:]) / statistics.mean(rates[:3])
            report.goal(f"{database}: the last three tenths, of the first three", share, least=0.8)
            report.goal(f"{database}: texts whose delivery is not known", people - _delivered(made), most=0)


def _post_tenths(made: Town, port: int) -> list[float]:
    chance, rates = random.Random(1), []
    attempts = accepted_attempts(made, made.people)
    tenth = max(1, len(attempts) // TENTHS)
    for first in range(0, len(attempts), tenth):
        ids = attempts[first : first + tenth]
        requests = [one for word in WORDS for one in reports_of(ids, word)]
        chance.shuffle(requests)
        begun = time.perf_counter()
        found = post_all(port, requests)
        assert not found["refused"], f"{found['refused']} answers were not 2xx"
        rates.append(found["rate"])
        print(f"- {len(requests):,} in {time.perf_counter() - begun:.0f} s", flush=True)
    return rates


def _delivered(made: Town) -> int:
    with made.engine.connect() as connection:
        done = select(func.count()).select_from(outbox).where(outbox.c.state == AttemptState.DELIVERED)
        return int(connection.execute(done).scalar_one())
