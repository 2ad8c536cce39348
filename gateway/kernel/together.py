"""Small pieces of writing in one transaction of SQLite: one turn, one trip to the disk, each piece all or nothing.

SQLite has one writer at a time and waits for the disk at each commit. Whoever comes while another writes waits with
those who came meanwhile; the next of them takes the turn, runs all pieces, each inside a savepoint of its own, and
commits once. Nobody is answered before that commit. A piece that fails takes nothing of the others with it.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any, Generic, Protocol, TypeVar

T = TypeVar("T")


class Transaction(Protocol):
    """What pieces are written in."""

    @property
    def is_alive(self) -> bool:
        """Whether the transaction is still there."""

    def savepoint(self) -> AbstractContextManager[None]:
        """What is written inside is undone if it ends with an exception."""

    def commit(self) -> None:
        """Make it durable."""


W = TypeVar("W", bound=Transaction)


class _Piece(Generic[W, T]):
    """What one thread wants written, and what came of it."""

    def __init__(self, act: Callable[[W], T]) -> None:
        self._act = act
        self._answer: T
        self._error: BaseException | None = None
        self.is_over = False

    def run_alone(self, tx: W) -> None:
        """Run it in a transaction that is nobody else's; what it raises undoes the transaction."""
        self._answer = self._act(tx)

    def attempt(self, tx: W) -> None:
        """Run it; of one that raises nothing is left."""
        try:
            with tx.savepoint():
                self._answer = self._act(tx)
        except Exception as error:
            self._error = error
            if not tx.is_alive:
                # The database has given the whole transaction up, and the others with it.
                raise

    def end(self, error: BaseException | None) -> None:
        """It is over: committed, or `error` befell all of them."""
        self._error = error or self._error
        self.is_over = True

    def answer(self) -> T:
        """What the piece gave, or its error raised."""
        if self._error is not None:
            raise self._error
        if not self.is_over:
            raise RuntimeError("whoever wrote for others broke off")
        return self._answer


class Together(Generic[W]):
    """The pieces of one process that wait to be written."""

    def __init__(self, work: Callable[[], AbstractContextManager[W]]) -> None:
        self._work = work
        self._lock = threading.Lock()
        self._writing = threading.Lock()
        self._waiting: list[_Piece[W, Any]] = []

    def run(self, act: Callable[[W], T]) -> T:
        """What `act` gives, once it is committed; what it raises, once nothing is left of it. It must not commit."""
        mine: _Piece[W, T] = _Piece(act)
        with self._lock:
            self._waiting.append(mine)
        with self._writing:
            # Whoever wrote before us may have taken ours along.
            if not mine.is_over:
                self._write()
        return mine.answer()

    def _write(self) -> None:
        pieces: list[_Piece[W, Any]] = []
        error: BaseException | None = None
        try:
            with self._work() as tx:
                # It is our turn. Whoever has come while we waited for it is taken along.
                pieces = self._take()
                if len(pieces) == 1:
                    pieces[0].run_alone(tx)
                else:
                    for piece in pieces:
                        piece.attempt(tx)
                tx.commit()
        except BaseException as failure:  # noqa: BLE001  # raised again by each piece, in the thread that waits for it
            error = failure
        for piece in pieces or self._take():
            piece.end(error)

    def _take(self) -> list[_Piece[W, Any]]:
        with self._lock:
            taken, self._waiting = self._waiting, []
        return taken
