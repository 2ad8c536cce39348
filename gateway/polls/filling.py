"""Between freezing and counting: the sealed ballots come out of their envelopes and go into the box. Opens no ballot.

They are put there crowd by crowd, each in the order of its slots, which is a shuffle: the order of rows, of pages and
of the write-ahead log tells no more of somebody's ballot than that it lies somewhere among their crowd's.
"""

from __future__ import annotations

import json
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

from gateway.kernel.db import UnitOfWork
from gateway.kernel.ports import Ports
from gateway.polls import ballots, views
from gateway.polls.crew import PIECE, work_through
from gateway.polls.model import Poll
from gateway.polls.pieces import Placing, Run
from gateway.polls.slots import SLOT_BYTES
from gateway.polls.store import box, polls

# The most people that a crowd is made of; every crowd of a larger box has more than half as many. Each touches every
# page of the box, so the fewer the better; but two are in memory, and nobody else writes to SQLite while one is put in.
CROWD = 170_000


class _Crowd:
    """Sealed ballots of one length with their slots, in as many bytes as they have. Iterating gives them by slot."""

    def __init__(self) -> None:
        self.size = 0
        self._width = 0
        self._runs: list[bytes] = []

    def add(self, run: Run) -> None:
        """Add a run. ValueError when its ballots are not as long as those before."""
        self._width = self._width or run.width
        if run.width != self._width:
            raise ValueError("ballots of several lengths")
        self._runs.append(run.rows)
        self.size += len(run.rows) // self._width

    def __iter__(self) -> Iterator[tuple[bytes, bytes]]:
        # By the first byte of the slot, so that no more than a 256th of them is in memory one by one.
        begins = [0] * len(self._runs)
        for first in range(256):
            ends = [self._end(run, first, begin) for run, begin in zip(self._runs, begins, strict=True)]
            for one in sorted(self._cut(begins, ends)):
                yield one[:SLOT_BYTES], one[SLOT_BYTES:]
            begins = ends

    def _end(self, run: bytes, first: int, begin: int) -> int:
        """The number of the first ballot in a run, from `begin` on, whose slot begins with more than `first`."""
        return bisect_right(range(len(run) // self._width), first, begin, key=lambda at: run[at * self._width])

    def _cut(self, begins: Sequence[int], ends: Sequence[int]) -> Iterator[bytes]:
        for run, begin, end in zip(self._runs, begins, ends, strict=True):
            for at in range(begin * self._width, end * self._width, self._width):
                yield run[at : at + self._width]


def fill_box(poll: Poll, *, ports: Ports) -> bool:
    """Fill the box of a frozen poll (own transactions; begun anew it ends the same); False when another went on.

    ValueError when an envelope was altered; NotFound("vault_key_missing"); CrewError.
    """
    task = Placing(ports.vault.get(ballots.slot_key_name(poll.number)), poll.number)
    electors = _electors(poll, ports)
    filled, most = 0, _crowd_size(electors)
    # Not the envelopes: what is looked at leaves samples behind.
    ports.db.analyze(box.ENVELOPES, "poll_id", "resident_id", "state")
    with (
        closing(work_through(task, _envelopes(poll, ports), ballots=electors)) as placed,
        ThreadPoolExecutor(1) as ahead,
    ):
        coming = ahead.submit(_next_crowd, placed, most)
        while (crowd := coming.result()).size:
            # While one crowd is put in, the next comes out of its envelopes.
            coming = ahead.submit(_next_crowd, placed, most)
            with ports.db.work() as tx:
                if not _stands(tx, poll):
                    return False
                box.put_ballots(tx, poll.number, crowd)
                tx.commit()
            filled += crowd.size
    if filled != electors:
        raise ValueError("not everybody's envelope")
    ports.db.analyze(box.BOX, "poll_id", "slot")
    return True


def _envelopes(poll: Poll, ports: Ports) -> Iterator[list[tuple[int, bytes]]]:
    """Everybody's envelope, piece by piece; no transaction is open in between."""
    last = -1
    while True:
        with ports.db.read() as conn:
            piece = box.envelopes(conn, poll.number, last, PIECE)
        if not piece:
            return
        yield piece
        last = piece[-1][0]


def _next_crowd(placed: Iterator[Run], most: int) -> _Crowd:
    crowd = _Crowd()
    for run in placed:
        crowd.add(run)
        if crowd.size >= most:
            break
    return crowd


def _electors(poll: Poll, ports: Ports) -> int:
    """How many electors were frozen with the poll's terms."""
    with ports.db.read() as conn:
        electors: int = json.loads(views.frozen_terms(conn, poll.number) or "{}")["electors"]
    return electors


def _crowd_size(electors: int) -> int:
    """All crowds alike, so that none is small."""
    return -(-electors // max(1, -(-electors // CROWD)))


def _stands(tx: UnitOfWork, poll: Poll) -> bool:
    """Whether no other process has gone on meanwhile; none can before this transaction ends."""
    now = polls.find_poll(tx.connection, poll.number, lock=True)
    return now is not None and (now.state, now.stage) == (poll.state, poll.stage)
