"""Between freezing and counting: the sealed ballots come out of their envelopes and go into the box. Opens no ballot.

They are put there crowd by crowd, each in the order of its slots, which is a shuffle: the order of rows, of pages and
of the write-ahead log tells no more of somebody's ballot than that it lies somewhere among their crowd's.
"""

from __future__ import annotations

import json

from gateway.kernel.db import UnitOfWork
from gateway.kernel.ports import Ports
from gateway.polls import ballots, views
from gateway.polls.model import Poll
from gateway.polls.slots import SlotKey
from gateway.polls.store import box, polls

# The fewest people that a crowd is made of when there are more of them; a box of fewer is one crowd.
CROWD = 20_000


def fill_box(poll: Poll, *, ports: Ports) -> bool:
    """Fill the box of a frozen poll (own transactions; begun anew it ends the same); False when another went on.

    ValueError when an envelope was altered; NotFound("vault_key_missing").
    """
    slot_key = SlotKey(ports.vault.get(ballots.slot_key_name(poll.number)))
    electors = _electors(poll, ports)
    filled, last = 0, -1
    while True:
        with ports.db.read() as conn:
            crowd = box.envelopes(conn, poll.number, last, _crowd_size(electors))
        if not crowd:
            break
        placed = sorted(_place(slot_key, poll.number, elector, envelope) for elector, envelope in crowd)
        with ports.db.work() as tx:
            if not _stands(tx, poll):
                return False
            box.put_ballots(tx, poll.number, placed)
            tx.commit()
        filled, last = filled + len(crowd), crowd[-1][0]
    if filled != electors:
        raise ValueError("not everybody's envelope")
    return True


def _place(slot_key: SlotKey, number: int, elector: int, envelope: bytes) -> tuple[bytes, bytes]:
    slot = slot_key.slot_of(number, elector)
    return slot, slot_key.disclose(number, elector, envelope)


def _electors(poll: Poll, ports: Ports) -> int:
    """How many electors were frozen with the poll's terms."""
    with ports.db.read() as conn:
        electors: int = json.loads(views.frozen_terms(conn, poll.number) or "{}")["electors"]
    return electors


def _crowd_size(electors: int) -> int:
    """All crowds alike, so that none is small."""
    return -(-electors // max(1, electors // CROWD))


def _stands(tx: UnitOfWork, poll: Poll) -> bool:
    """Whether no other process has gone on meanwhile; none can before this transaction ends."""
    now = polls.find_poll(tx.connection, poll.number, lock=True)
    return now is not None and (now.state, now.stage) == (poll.state, poll.stage)
