"""The public record at a million entries: how fast it grows, and how long a proof takes. SQLite on this disk.

Entries are laid down in bulk with their subtrees, as `append` would have stored them. Appending is measured beside a bare
transaction with one row of the same size; a proof beside reading one row by its key, and beside the pass over all leaves
that a proof would be without stored subtrees. `SCALE=0.1` makes a tenth.
"""

from __future__ import annotations

import hashlib
import random
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from sqlalchemy import Column, MetaData, Table, Text, insert, select

from gateway.kernel.db import Database, Id, open_engine
from gateway.migrations.run import upgrade
from gateway.record import store, tree, views
from gateway.record.actions import append
from gateway.record.walking import stored_nodes
from tests.benchmarks.measuring import Report, scaled, side_by_side
from tests.fakes import NOON, RecordingQueue

APPENDS = 300
PROOFS = 200
PAGE = 20_000
_plain = Table("bench_plain", MetaData(), Column("id", Id, primary_key=True), Column("data", Text))


def run(report: Report) -> None:
    """Print the rates and times."""
    size = scaled(1_000_000)
    report.title(f"The record at {size:,} entries, SQLite")
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{Path(folder) / 'record.db'}"
        upgrade(url)
        db = Database(open_engine(url), RecordingQueue())
        begun = time.perf_counter()
        lay_down(db, size)
        report.say(
            f"laid down in {time.perf_counter() - begun:.0f} s; {Path(folder, 'record.db').stat().st_size / 1e6:.0f} MB"
        )
        _appending(report, db)
        _proving(report, db, size)
        db.engine.dispose()


def lay_down(db: Database, size: int) -> None:
    """`size` entries with their stored subtrees and the head, in bulk."""
    peaks: tuple[bytes, ...] = ()
    for start in range(0, size, PAGE):
        rows, nodes = [], []
        for seq in range(start, min(start + PAGE, size)):
            leaf = hashlib.sha256(seq.to_bytes(8, "big")).digest()
            peaks, completed = tree.grow(peaks, seq, leaf)
            nodes += stored_nodes(seq, completed)
            row = {"seq": seq, "kind": "topic.supported", "subject": f"topic:{seq % 5000}", "data": "{}", "at": NOON}
            rows.append(row | {"leaf_hash": leaf.hex()})
        with db.work() as tx:
            tx.execute(insert(store.record_entry), rows)
            store.insert_nodes(tx, nodes)
            if start == 0:
                store.lock_head(tx)
            head = {"size": start + len(rows), "peaks": ",".join(peak.hex() for peak in peaks)}
            tx.execute(store.record_head.update().values(head))
            tx.commit()


def _appending(report: Report, db: Database) -> None:
    def appended() -> None:
        with db.work() as tx:
            append(tx, "topic.supported", "topic:13", {"by": "text"}, at=NOON)
            tx.commit()

    def bare() -> None:
        with db.work() as tx:
            tx.execute(insert(_plain).values(data="x" * 250))
            tx.commit()

    with db.work() as tx:
        _plain.create(tx.connection)
        tx.commit()
    pair = side_by_side(_times(appended, APPENDS), _times(bare, APPENDS))
    report.say(f"append: {pair.subject:,.0f} a second, a bare transaction of one row {pair.baseline:,.0f} a second")
    report.goal("append, a bare transaction being 1", pair.ratio, least=0.3)


def _proving(report: Report, db: Database, size: int) -> None:
    dice = random.Random(6962)

    def included() -> None:
        with db.read() as conn:
            views.inclusion(conn, dice.randrange(size), size)

    def consistent() -> None:
        with db.read() as conn:
            views.consistency(conn, dice.randrange(1, size), size)

    def one_row() -> None:
        with db.read() as conn:
            views.entries(conn, dice.randrange(size), 1)

    for name, proof in (("inclusion", included), ("consistency", consistent)):
        pair = side_by_side(_times(proof, PROOFS), _times(one_row, PROOFS))
        report.say(f"{name} proof: {1000 / pair.subject:.2f} ms; reading one entry {1000 / pair.baseline:.2f} ms")
        report.goal(f"{name} proof in milliseconds", 1000 / pair.subject, most=20)
    with db.read() as conn:
        begun = time.perf_counter()
        leaves = conn.execute(
            select(store.record_entry.c.leaf_hash).where(store.record_entry.c.seq < size).order_by("seq")
        )
        whole = tree.root(map(bytes.fromhex, leaves.scalars()))
        report.say(f"without stored subtrees one pass over all leaves takes {time.perf_counter() - begun:.2f} s")
        assert views.root_at(conn, size) == whole.hex()


def _times(act: Callable[[], None], count: int) -> Callable[[], float]:
    def work() -> float:
        begun = time.perf_counter()
        for _ in range(count):
            act()
        return count / (time.perf_counter() - begun)

    return work
