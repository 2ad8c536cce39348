"""The long work of a large closing on all processors: processes that live for one step, and their task with them.

Python's lock lets one process use little more than one processor, so pieces of a box are handed to a few processes of
our own. A task may hold a key. It goes to them through a pipe, never through a file, an argument or the environment,
and is nowhere but in their memory; they end when the pipe does: at the end of the step, when something goes wrong, and
when the process that closes the poll is killed. A box of ordinary size needs no crew: see docs/adr/0026.
"""

from __future__ import annotations

import gc
import os
import pickle
import subprocess
import sys
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from queue import SimpleQueue
from typing import IO, Any, TypeVar

Piece = TypeVar("Piece")
Made = TypeVar("Made")

# Of fewer ballots, starting a process takes longer than the work.
FEWEST = 20_000
# So many ballots make a piece (a power of two: a whole subtree), and so many pieces wait for each process.
PIECE = 2_048
AHEAD = 2
# How long a process may take to end once nobody talks to it: it may be in the middle of a piece.
SECONDS_TO_END = 10


class CrewError(RuntimeError):
    """A process of the crew ended before its work was done."""


def work_through(
    task: Callable[[Piece], Made], pieces: Iterable[Piece], *, ballots: int
) -> Generator[Made, None, None]:
    """What `task` makes of each of `pieces`, in their order, of `ballots` in all; close it unless read to its end.

    ValueError as the task raises it; CrewError. A task can be pickled, and so can pieces and what is made of them.
    """
    if ballots < FEWEST:
        yield from map(task, pieces)
        return
    hands = os.cpu_count() or 1
    with _crew(task, hands) as ask, ThreadPoolExecutor(hands) as threads:
        waiting: deque[Future[Made]] = deque()
        for piece in pieces:
            waiting.append(threads.submit(ask, piece))
            if len(waiting) > AHEAD * hands:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()


@contextmanager
def _crew(task: Callable[[Piece], Made], hands: int) -> Iterator[Callable[[Piece], Made]]:
    """A function that has one of so many processes do the task for a piece."""
    with ExitStack() as stack:
        free: SimpleQueue[subprocess.Popen[bytes]] = SimpleQueue()
        for _ in range(hands):
            hand = stack.enter_context(_hand())
            _say(hand.stdin, task)
            free.put(hand)

        def ask(piece: Piece) -> Made:
            hand = free.get()
            try:
                _say(hand.stdin, piece)
                refused, made = _hear(hand.stdout)
            except (EOFError, OSError, pickle.UnpicklingError):
                raise CrewError("a process that opens ballots has ended") from None
            finally:
                free.put(hand)
            if refused:
                raise ValueError(made)
            return made  # type: ignore[no-any-return]

        yield ask


@contextmanager
def _hand() -> Iterator[subprocess.Popen[bytes]]:
    # What a task holds must not come out in the words of an exception.
    hand = subprocess.Popen(
        [sys.executable, "-m", __name__], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    )
    try:
        yield hand
    finally:
        for pipe in (hand.stdin, hand.stdout):
            _close(pipe)
        try:
            hand.wait(SECONDS_TO_END)
        except subprocess.TimeoutExpired:
            hand.kill()
            hand.wait()


def _close(pipe: IO[bytes] | None) -> None:
    assert pipe is not None
    try:
        pipe.close()
    except OSError:
        # The other end is gone, and what was still to be written with it.
        return


def _say(pipe: IO[bytes] | None, said: Any) -> None:
    assert pipe is not None
    pickle.dump(said, pipe, pickle.HIGHEST_PROTOCOL)
    pipe.flush()


def _hear(pipe: IO[bytes] | None) -> Any:
    assert pipe is not None
    return pickle.load(pipe)  # noqa: S301  # from our own process, through a pipe that nobody else has


def serve(heard: IO[bytes], said: IO[bytes]) -> None:
    """Be one of a crew: hear the task, then do it for one piece after the other, until nobody is there any more."""
    # Nothing here goes in circles; looking for them would take longer than some of the work.
    gc.disable()
    try:
        task = _hear(heard)
        while True:
            piece = _hear(heard)
            try:
                answer = (False, task(piece))
            except ValueError as error:
                answer = (True, str(error))
            _say(said, answer)
    except (EOFError, BrokenPipeError):
        return


if __name__ == "__main__":
    serve(sys.stdin.buffer, sys.stdout.buffer)
