"""Pieces of writing that share a transaction: each all or nothing, none answered before the commit, none lost."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import bindparam, column, event, insert, select, table, text
from sqlalchemy.exc import IntegrityError, OperationalError

from gateway.kernel.db import UnitOfWork
from gateway.kernel.ports import Ports
from gateway.kernel.prepared import Prepared
from gateway.kernel.straight import Straight
from tests.fakes import RecordingQueue

THING = table("thing", column("id"))
PUT = Prepared(insert(THING).values(id=bindparam("number")))
ALL = Prepared(select(THING.c.id).order_by(THING.c.id))


@pytest.fixture(autouse=True)
def things(ports: Ports) -> None:
    with ports.db.work() as tx:
        tx.execute(text("CREATE TABLE thing (id INTEGER PRIMARY KEY)"))
        tx.commit()


def put(*numbers: int) -> Callable[[UnitOfWork], int]:
    """A piece that writes some rows and asks for a job with the last one."""

    def act(tx: UnitOfWork) -> int:
        for number in numbers:
            tx.run(PUT, {"number": number})
        tx.call_after_commit("bulk", "send_due", numbers[-1])
        return len(numbers)

    return act


def kept(ports: Ports) -> list[int]:
    return [number for (number,) in ports.db.ask(ALL, {})]


def at_once(ports: Ports, pieces: list[Callable[[UnitOfWork], int]]) -> list[int | str]:
    """Let all pieces come while somebody else is writing; what each gave, or the name of what it raised."""

    def run(piece: Callable[[UnitOfWork], int]) -> int | str:
        try:
            return ports.db.together(piece)
        except Exception as error:
            return type(error).__name__

    with ThreadPoolExecutor(len(pieces)) as pool:
        with ports.db.work():
            waiting = [pool.submit(run, piece) for piece in pieces]
        return [one.result() for one in waiting]


def test_piece_is_committed_and_gives_its_answer(ports: Ports, queue: RecordingQueue) -> None:
    assert ports.db.together(put(1, 2)) == 2
    assert kept(ports) == [1, 2]
    assert queue.calls == [("bulk", "send_due", (2,))]


def test_piece_that_fails_is_undone_whole_and_alone(ports: Ports, queue: RecordingQueue) -> None:
    ports.db.together(put(5))
    given = at_once(ports, [put(1), put(2, 5), put(3), put(4, 5), put(6)])
    assert given == [1, "IntegrityError", 1, "IntegrityError", 1]
    assert kept(ports) == [1, 3, 5, 6]
    assert sorted(ids for _, _, ids in queue.calls) == [(1,), (3,), (5,), (6,)]


def test_two_hundred_pieces_of_twenty_threads_are_all_kept(ports: Ports) -> None:
    with ThreadPoolExecutor(20) as pool:
        given = list(pool.map(lambda number: ports.db.together(put(number)), range(200)))
    assert given == [1] * 200
    assert kept(ports) == list(range(200))


def test_pieces_that_wait_for_one_another_share_a_commit(ports: Ports) -> None:
    if not ports.db.is_sqlite:
        pytest.skip("PostgreSQL gathers commits itself")
    commits: list[int] = []
    event.listen(ports.db.engine, "commit", lambda _connection: commits.append(1))
    running, go_on = threading.Event(), threading.Event()

    def slow(tx: UnitOfWork) -> int:
        running.set()
        go_on.wait(10)
        return put(0)(tx)

    with ThreadPoolExecutor(9) as pool:
        first = pool.submit(ports.db.together, slow)
        running.wait(10)
        others = [pool.submit(ports.db.together, put(number)) for number in range(1, 9)]
        while len(ports.db._together._waiting) < 8:
            pass
        go_on.set()
        assert [one.result() for one in (first, *others)] == [1] * 9
    assert len(commits) == 2


def test_failed_commit_fails_all_of_them(ports: Ports, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_tx: UnitOfWork) -> None:
        raise OperationalError("COMMIT", None, Exception("disk full"))

    monkeypatch.setattr(UnitOfWork, "commit", broken)
    assert set(at_once(ports, [put(1), put(2), put(3)])) == {"OperationalError"}
    monkeypatch.undo()
    assert kept(ports) == []
    assert ports.db.together(put(4)) == 1


def test_work_that_cannot_begin_fails_all_and_holds_up_nobody_after(
    ports: Ports, monkeypatch: pytest.MonkeyPatch
) -> None:
    @contextmanager
    def refusing() -> Any:
        raise OperationalError("BEGIN", None, Exception("busy"))
        yield

    if ports.db.is_sqlite:
        with monkeypatch.context() as patched:
            patched.setattr(ports.db._together, "_work", refusing)
            with pytest.raises(OperationalError):
                ports.db.together(put(1))
    assert ports.db.together(put(2)) == 1
    assert kept(ports) == [2]


def test_writer_that_breaks_off_holds_up_nobody(ports: Ports, monkeypatch: pytest.MonkeyPatch) -> None:
    if not ports.db.is_sqlite:
        pytest.skip("PostgreSQL gathers commits itself")

    def broken(_piece: Any, _error: Any) -> None:
        raise ValueError("between the commit and the answers")

    with monkeypatch.context() as patched:
        patched.setattr("gateway.kernel.together._Piece.end", broken)
        given = at_once(ports, [put(number) for number in range(4)])
    assert set(given) <= {"ValueError", "RuntimeError"}
    assert "ValueError" in given
    assert ports.db.together(put(9)) == 1
    assert kept(ports) == [0, 1, 2, 3, 9]


def test_prepared_statement_raises_the_same_errors_as_others(ports: Ports) -> None:
    ports.db.ask(PUT, {"number": 1})
    with pytest.raises(IntegrityError):
        ports.db.ask(PUT, {"number": 1})
    assert kept(ports) == [1]


def test_votes_and_reports_share_a_commit_and_fail_alone(ports: Ports) -> None:
    if not ports.db.is_sqlite:
        pytest.skip("PostgreSQL takes each in one statement")

    def act(*numbers: int) -> Callable[[Straight], int]:
        def write(tx: Straight) -> int:
            return sum(tx.run(PUT, {"number": number})[1] for number in numbers)

        return write

    ports.db.straight(act(5))
    with pytest.raises(IntegrityError):
        ports.db.straight(act(6, 5))
    assert kept(ports) == [5]

    def run(piece: Callable[[Straight], int]) -> int | str:
        try:
            return ports.db.straight(piece)
        except Exception as error:
            return type(error).__name__

    with ThreadPoolExecutor(5) as pool:
        with ports.db.work():
            waiting = [pool.submit(run, act(*numbers)) for numbers in ((1,), (2, 5), (3,), (4, 5), (6, 7))]
            while len(ports.db._straight._waiting) < 5:
                pass
        given = [one.result() for one in waiting]
    assert given == [1, "IntegrityError", 1, "IntegrityError", 2]
    assert kept(ports) == [1, 3, 5, 6, 7]
