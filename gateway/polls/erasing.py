"""Forgetting a person: that they took part stays counted; first entries of paper batches, which may hold theirs, go.

Nobody can tell in which of them a paper of theirs is, so all of their community are entered again.
"""

from __future__ import annotations

from gateway.kernel.db import UnitOfWork
from gateway.polls.store import paper


def erase_waiting_papers(tx: UnitOfWork, community_id: int) -> None:
    """Remove all first entries that wait in a community; the next sweep destroys their keys."""
    paper.delete_waiting_in(tx, community_id)
