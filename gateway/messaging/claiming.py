"""What the sender claims next: only what its line may send now, and whoever was served least comes first.

Tokens are taken before the transaction and what is not used is given back after it, for nothing calls the network while
one is open. So a line that allows one text a second holds up nobody but itself, and a broadcast to a whole township
leaves a hamlet's alone.
"""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row

from gateway.kernel.db import UnitOfWork
from gateway.kernel.pacing import Ask, Pacer
from gateway.messaging import following
from gateway.messaging.model import URGENT_QUEUE, Attempt, Broadcast, Rates
from gateway.messaging.rendering import Sheet, read_sheet
from gateway.messaging.store import attempts, broadcasts, calendars, leases, rates
from gateway.messaging.store.leases import Leased
from gateway.roll.model import Channel

# Less is what clocks are out by.
_SHORTEST_WAIT = 0.001


@dataclass(frozen=True)
class Line:
    """One way out of one community: its texts or its calls, each with a rate of its own."""

    community_id: int
    channel: Channel


class Claims:
    """One run's claims: the tokens it holds for each line, and where it has come to in each broadcast."""

    def __init__(self, queue: str, pacer: Pacer, usual: Rates, batch: int) -> None:
        self._queue = queue
        self._urgent = queue == URGENT_QUEUE
        self._pacer = pacer
        self._usual = usual
        self._batch = batch
        self.sheets: dict[int, Sheet] = {}
        self._rates: dict[int, Rates] = {}
        self._tokens: Counter[Line] = Counter()
        self._hungry: dict[Line, None] = {}
        self._sated: set[Line] = set()
        # When, by the pacer's clock, asking for tokens is worth while again.
        self._refilled_at: dict[Line, float] = {}
        self._account = ""
        self._claimed_up_to: dict[tuple[int, Channel], tuple[datetime, int]] = {}
        self._served: Counter[int] = Counter()

    @property
    def wait(self) -> float | None:
        """Seconds until more may be claimed of what is due; 0: at once; None: nothing is held up by a rate."""
        return min((self._wait(line) for line in self._starving()), default=None)

    @property
    def is_spent(self) -> bool:
        """Whether all that was found due at last waits for tokens: until then there is nothing to claim."""
        starving = self._starving()
        return bool(starving) and not any(self._tokens.values()) and all(self._wait(line) > 0 for line in starving)

    def _wait(self, line: Line) -> float:
        left = self._refilled_at.get(line, -math.inf) - self._pacer.now()
        return left if left > _SHORTEST_WAIT else 0.0

    def _starving(self) -> list[Line]:
        return [line for line in self._hungry if not self._tokens[line]]

    def refill(self, account: str) -> None:
        """Give back the tokens of lines that have nothing due and take new ones for those that have. Asks Redis."""
        if account != self._account:
            self.give_back()
            self._account = account
        for line in self._sated:
            self._return(line)
        self._sated.clear()
        empty = [(line, self._ask(line)) for line in self._starving() if not self._wait(line)]
        grants = self._pacer.take([ask for _, ask in empty])
        now = self._pacer.now()
        for (line, ask), grant in zip(empty, grants, strict=True):
            self._tokens[line] = grant.tokens
            # Who got less than was wanted has emptied the bucket.
            wait = ask.least / ask.rate if 0 < grant.tokens < ask.wanted else grant.wait
            self._refilled_at[line] = now + wait

    def _ask(self, line: Line) -> Ask:
        rate = self._rates[line.community_id].per_second(line.channel)
        return Ask(line_name(self._account, line.community_id, line.channel), self._batch, rate, self._urgent)

    def give_back(self) -> None:
        """Return all tokens: the run is over."""
        for line in list(self._tokens):
            self._return(line)

    def _return(self, line: Line) -> None:
        if tokens := self._tokens.pop(line, 0):
            self._pacer.give_back(line_name(self._account, line.community_id, line.channel), tokens)

    def claim(
        self, tx: UnitOfWork, now: datetime, until: datetime, limit: int, *, since: datetime | None = None
    ) -> list[Leased]:
        """Lease up to `limit` attempts until `until`, of all lines that hold tokens; only those due `since` then."""
        if since is not None:
            kept = self._claimed_up_to
            self._claimed_up_to = {key: max(at, (since, 0)) for key, at in kept.items()}
            leased = self._claim(tx, now, until, limit)
            self._claimed_up_to = kept
            return leased
        leased = self._claim(tx, now, until, limit)
        if not leased and self._claimed_up_to:
            # Rows put back since lie behind where the claims have come to.
            self._claimed_up_to.clear()
            leased = self._claim(tx, now, until, limit)
        return leased

    def _claim(self, tx: UnitOfWork, now: datetime, until: datetime, limit: int) -> list[Leased]:
        found: list[Row[Any]] = []
        running = broadcasts.running(tx.connection, urgent=self._urgent)
        seen: set[Line] = set()
        self._hungry.clear()
        for broadcast in sorted(running, key=lambda one: (self._served[one.community_id], self._served[-one.id])):
            sheet = self._sheet(tx, broadcast)
            for channel in self._open_channels(tx, sheet, now):
                line = Line(broadcast.community_id, channel)
                seen.add(line)
                found += self._find_due(tx, broadcast, line, now, limit - len(found))
            if len(found) == limit:
                break
        self._sated = seen - self._hungry.keys()
        chosen = self._without_engaged(tx, found, now)
        return leases.lease(tx, chosen, now, until, self._account) if chosen else []

    def _without_engaged(self, tx: UnitOfWork, found: list[Row[Any]], now: datetime) -> list[Row[Any]]:
        chosen = leases.without_engaged(tx.connection, self._within_own_hours(tx, found, now), now)
        if len(chosen) < len(found):
            for row in found:
                self._tokens[Line(self.sheets[row.broadcast_id].community.id, Channel(row.channel))] += 1
            for row in chosen:
                self._tokens[Line(self.sheets[row.broadcast_id].community.id, Channel(row.channel))] -= 1
        return chosen

    def _within_own_hours(self, tx: UnitOfWork, found: list[Row[Any]], now: datetime) -> list[Row[Any]]:
        """`found` without the calls to people who want to be called at another hour; those wait until then."""
        calls = [row for row in found if row.channel == Channel.CALL and not self._urgent]
        own = calendars.own_hours_of(tx.connection, [row.resident_id for row in calls])
        days = {row.id: self.sheets[row.broadcast_id].calendar for row in calls if row.resident_id in own}
        due = {
            row.id: following.first_time(now, Channel.CALL, days[row.id], own=own[row.resident_id])
            for row in calls
            if row.id in days
        }
        calendars.postpone(tx, {key: at for key, at in due.items() if at > now})
        return [row for row in found if due.get(row.id, now) <= now]

    def _find_due(self, tx: UnitOfWork, broadcast: Broadcast, line: Line, now: datetime, limit: int) -> list[Row[Any]]:
        key = (broadcast.id, line.channel)
        free = self._free_lines(tx, line, now)
        if not free:
            # The end of a call will call for us.
            return []
        room = min(limit, self._tokens[line], free)
        after = self._claimed_up_to.get(key)
        found = leases.find_ready(
            tx.connection, broadcast.id, now, limit=max(room, 1), channel=line.channel, after=after
        )
        if len(found) >= max(room, 1):
            self._hungry[line] = None
        found = found[:room]
        if found:
            self._claimed_up_to[key] = (found[-1].due_at, found[-1].id)
            self._served[broadcast.community_id] += len(found)
            self._served[-broadcast.id] += len(found)
            self._tokens[line] -= len(found)
        return found

    def _free_lines(self, tx: UnitOfWork, line: Line, now: datetime) -> int:
        """How many more calls a community may have on the line; texts need none."""
        if line.channel is Channel.TEXT or not self._tokens[line]:
            return self._batch
        # Two workers that counted at once would both find the same one free.
        tx.lock("calls", line.community_id)
        at_once = self._rates[line.community_id].calls_at_once
        return max(0, at_once - rates.count_engaged(tx.connection, line.community_id, now))

    def _open_channels(self, tx: UnitOfWork, sheet: Sheet, now: datetime) -> list[Channel]:
        """The channels by which people may be contacted now; what is due by another waits for its hours."""
        chosen = []
        for channel in Channel:
            at = following.first_time(now, channel, sheet.calendar, urgent=sheet.broadcast.urgent)
            if at > now:
                attempts.postpone_ready(tx, sheet.broadcast.id, channel, now, at)
            else:
                chosen.append(channel)
        return chosen

    def _sheet(self, tx: UnitOfWork, broadcast: Broadcast) -> Sheet:
        if broadcast.id not in self.sheets:
            self.sheets[broadcast.id] = read_sheet(tx.connection, broadcast)
            found = rates.find_rates(tx.connection, broadcast.community_id, self._usual)
            self._rates[broadcast.community_id] = found
        return self.sheets[broadcast.id]

    def line_of(self, attempt: Attempt) -> Line:
        """The line that an attempt goes out by."""
        return Line(self.sheets[attempt.broadcast_id].community.id, attempt.channel)


def line_name(account: str, community_id: int, channel: Channel) -> str:
    """The name of a line's bucket: each carrier has its own."""
    return f"{account}:{community_id}:{channel.value}"
