"""Polls of a restored copy: those that may have closed since it was taken are void, silently, and never open again."""

from __future__ import annotations

from gateway.kernel.db import UnitOfWork
from gateway.kernel.ports import Ports
from gateway.polls import ballots
from gateway.polls.model import Poll, PollState, Stage, VoidReason
from gateway.polls.store import polls


def void_what_went_on(tx: UnitOfWork, *, ports: Ports) -> list[int]:
    """Void every poll of the copy that is due, half closed, or without its keys; returns their numbers.

    Nobody is told: a result that was published since stands where it was published. A poll whose keys are there and
    whose end is still to come goes on; ballots cast after the copy was taken are lost, which staff must say.
    """
    found = polls.find_polls(tx.connection, states=[PollState.OPEN, PollState.CLOSING])
    gone = [poll for poll in found if _may_have_closed(poll, ports)]
    now = ports.clock.now()
    return [
        poll.number
        for poll in gone
        if polls.move_poll(
            tx, poll, state=PollState.VOID, stage=Stage.DECIDED, void_reason=VoidReason.RESTORED, closed_at=now
        )
    ]


def _may_have_closed(poll: Poll, ports: Ports) -> bool:
    names = (ballots.slot_key_name(poll.number), ballots.box_key_name(poll.number))
    keys_are_there = all(ports.vault.holds(name) for name in names)
    return poll.state is PollState.CLOSING or poll.closes_at <= ports.clock.now() or not keys_are_there
