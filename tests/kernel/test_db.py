"""The unit of work: nothing unless committed, jobs only afterwards, claims by compare-and-set."""

from __future__ import annotations

from sqlalchemy import text

from gateway.kernel.ports import Ports
from tests.fakes import RecordingQueue


def test_work_rolls_back_unless_committed(ports: Ports) -> None:
    with ports.db.work() as tx:
        tx.execute(text("CREATE TABLE thing (id INTEGER)"))
        tx.commit()
    with ports.db.work() as tx:
        tx.execute(text("INSERT INTO thing VALUES (1)"))
    with ports.db.read() as conn:
        assert conn.execute(text("SELECT count(*) FROM thing")).scalar() == 0


def test_work_calls_jobs_only_after_commit(ports: Ports, queue: RecordingQueue) -> None:
    with ports.db.work() as tx:
        tx.call_after_commit("bulk", "send_due", 1)
        tx.call_after_commit("bulk", "send_due", 1)
        assert queue.calls == []
        tx.commit()
    assert queue.calls == [("bulk", "send_due", (1,))]
    with ports.db.work() as tx:
        tx.call_after_commit("bulk", "sweep")
    assert len(queue.calls) == 1
