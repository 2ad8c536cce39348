"""Which carrier is used: the first that answers. One that fails rests, is tried with a few, and is used again.

A carrier *fails* when most of what it was given comes back without an answer. Then nobody gives it anything for a
while, twice as long each time; after that a handful goes first, and only when that is taken does the rest follow.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass

from gateway.carriers.port import Carrier
from gateway.kernel.pacing import Pacer

logger = logging.getLogger(__name__)

# So many failures one after the other are no chance, also when only single texts go out.
FAILURES = 5
PROBE = 4
FIRST_REST = 15.0
LONGEST_REST = 300.0


@dataclass(frozen=True)
class Chosen:
    """The carrier to use for the next batch, and how much of it may be tried."""

    carrier: Carrier
    limit: int


class Circuit:
    """The carriers by priority as this process has experienced them; rests are kept by all processes."""

    def __init__(self, carriers: Sequence[Carrier], pacer: Pacer) -> None:
        self._carriers = tuple(carriers)
        self._pacer = pacer
        self._failures = dict.fromkeys((one.account_id for one in carriers), 0)
        self._rests = dict.fromkeys(self._failures, 0)
        self._probing: set[str] = set()

    def choose(self, limit: int) -> Chosen | None:
        """The carrier for a batch of at most `limit`; None while all rest or are being tried. Asks Redis."""
        for carrier in self._carriers:
            account = carrier.account_id
            if account in self._probing or self._pacer.resting(_name(account)) > 0:
                continue
            if not self._rests[account]:
                return Chosen(carrier, limit)
            self._probing.add(account)
            return Chosen(carrier, min(PROBE, limit))
        return None

    def note(self, account: str, answered: Sequence[bool]) -> None:
        """Take in what came of a batch, in order; an empty one says only that the trial is over."""
        self._probing.discard(account)
        for answer in answered:
            self._failures[account] = 0 if answer else self._failures[account] + 1
        failed = answered.count(False)
        if self._failures[account] >= FAILURES or (failed and self._rests[account] and failed == len(answered)):
            self._pause(account)
        elif answered and failed * 2 <= len(answered):
            self._rests[account] = 0

    def end_trials(self) -> None:
        """A run is over, however it ended: nothing is under way any more."""
        self._probing.clear()

    def _pause(self, account: str) -> None:
        self._failures[account] = 0
        if self._pacer.resting(_name(account)) > 0:
            # What was on its way already says nothing new.
            return
        seconds = min(FIRST_REST * 2 ** self._rests[account], LONGEST_REST)
        self._rests[account] += 1
        self._pacer.rest(_name(account), seconds)
        place = [one.account_id for one in self._carriers].index(account) + 1
        logger.error("carrier fails and rests", extra={"priority": place, "seconds": seconds})


def _name(account: str) -> str:
    return f"carrier:{account}"
