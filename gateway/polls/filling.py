"""Between freezing and counting: the sealed ballots come out of their envelopes and go into the box. Opens no ballot.

They are put there crowd by crowd, each in the order of its slots, which is a shuffle: the order of rows, of pages and
of the write-ahead log tells no more of somebody's ballot than that it lies somewhere among their crowd's.
"""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

from gateway.kernel.db import UnitOfWork
from gateway.kernel.ports import Ports
from gateway.polls import ballots, views
from gateway.polls.crew import PIECE, work_through
from gateway.polls.model import Poll
from gateway.polls.pieces import Placed, Placing
from gateway.polls.receipts import Receipts
from gateway.polls.runs import Runs
from gateway.polls.store import box, polls

# The most people that a crowd is made of; every crowd of a larger box has more than half as many. Each touches every
# page of the box, so the fewer the better; but two are in memory, and nobody else writes to SQLite while one is put in.
CROWD = 170_000
# How slots can begin.
_BYTES = [bytes([byte]) for byte in range(256)]


def fill_box(poll: Poll, *, ports: Ports) -> Receipts | None:
    """Fill the box of a frozen poll (own transactions; begun anew it ends the same); None when another went on.

    Returns the receipts of those who cast a ballot. ValueError when an envelope was altered;
    NotFound("vault_key_missing"); CrewError.
    """
    key = ports.vault.get(ballots.slot_key_name(poll.number))
    task = Placing(key, poll.number, poll.receipt_digits, poll.receipt_round)
    with ports.db.read() as conn:
        electors = views.electors(conn, poll.number)
    filled, most, receipts = 0, _crowd_size(electors), Receipts(poll.receipt_digits)
    # Not the envelopes: what is looked at leaves samples behind.
    ports.db.analyze(box.ENVELOPES, "poll_id", "resident_id", "state")
    with (
        closing(work_through(task, _envelopes(poll, ports), ballots=electors)) as placed,
        ThreadPoolExecutor(1) as ahead,
    ):
        coming = ahead.submit(_next_crowd, placed, most, receipts)
        while crowd := coming.result():
            # While one crowd is put in, the next comes out of its envelopes.
            coming = ahead.submit(_next_crowd, placed, most, receipts)
            with ports.db.work() as tx:
                if not _stands(tx, poll):
                    return None
                box.put_ballots(tx, poll.number, crowd)
                tx.commit()
            filled += len(crowd)
    if filled != electors:
        raise ValueError("not everybody's envelope")
    ports.db.analyze(box.BOX, "poll_id", "slot")
    return receipts


def _envelopes(poll: Poll, ports: Ports) -> Iterator[list[tuple[int, bytes, bool]]]:
    """Everybody's envelope, piece by piece; no transaction is open in between."""
    last = -1
    while True:
        with ports.db.read() as conn:
            piece = box.envelopes(conn, poll.number, last, PIECE)
        if not piece:
            return
        yield piece
        last = piece[-1][0]


def _next_crowd(placed: Iterator[Placed], most: int, receipts: Receipts) -> Runs:
    crowd = Runs(_BYTES)
    for piece in placed:
        crowd.add(piece.ballots)
        receipts.add(piece.receipts)
        if len(crowd) >= most:
            break
    return crowd


def _crowd_size(electors: int) -> int:
    """All crowds alike, so that none is small."""
    return -(-electors // max(1, -(-electors // CROWD)))


def _stands(tx: UnitOfWork, poll: Poll) -> bool:
    """Whether no other process has gone on meanwhile; none can before this transaction ends."""
    now = polls.find_poll(tx.connection, poll.number, lock=True)
    return now is not None and (now.state, now.stage) == (poll.state, poll.stage)
