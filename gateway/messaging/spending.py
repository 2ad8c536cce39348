"""Money is reserved in the month's account before anything goes out, and given back when it does not.

What is capped (notices, updates to everybody) is refused when it would pass the community's cap; votes, results and
answers are counted and never held back.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy.engine import Connection

from gateway.kernel.db import UnitOfWork
from gateway.kernel.errors import RuleError
from gateway.messaging.model import NOTE, NOTE_STEP, Attempt, Broadcast, Reason
from gateway.messaging.money import Terms, month_of, price_in, write_amount
from gateway.messaging.store import attempts, broadcasts, money, planning
from gateway.roll import views as roll
from gateway.roll.model import Channel, Community


def set_terms(tx: UnitOfWork, community_id: int, terms: Terms) -> None:
    """Say what sending costs a community and may cost in a month."""
    money.set_terms(tx, community_id, terms)


def reserve_first(
    tx: UnitOfWork, broadcast: Broadcast, community: Community, *, at: datetime, notes: Mapping[str, int] | None = None
) -> None:
    """Reserve what the first attempts cost, and the texts before calls (`notes`, how many by language).

    RuleError("over_budget") when a capped broadcast would pass the cap.
    """
    terms = money.terms_of(tx.connection, community.id)
    if not terms.are_set:
        return
    first = [(row.channel, row.language, row.people) for row in planning.count_first(tx.connection, broadcast.id)]
    first += [(NOTE, language, count) for language, count in (notes or {}).items()]
    amount = _sum(tx.connection, broadcast, community, first)
    cap = terms.monthly_cap if broadcast.capped else None
    month = month_of(at, community.timezone)
    if not money.spend(tx, community.id, month, amount, cap):
        left = max(0, (cap or 0) - money.spent(tx.connection, community.id, month))
        raise RuleError("over_budget", price=_written(amount, terms), left=_written(left, terms))


def reserve_next(tx: UnitOfWork, broadcast: Broadcast, channel: Channel, language: str, *, at: datetime) -> bool:
    """Reserve what one further attempt costs; False when a capped broadcast would pass the cap."""
    community = roll.community(tx.connection, broadcast.community_id)
    terms = money.terms_of(tx.connection, community.id)
    if not terms.are_set:
        return True
    prices = broadcasts.prices(tx.connection, broadcast.id)[channel]
    amount = price_in(prices, language, community.languages[0])
    cap = terms.monthly_cap if broadcast.capped else None
    return money.spend(tx, community.id, month_of(at, community.timezone), amount, cap)


def hold_unsent(tx: UnitOfWork, broadcast: Broadcast, reason: Reason) -> None:
    """Hold all of a broadcast that has not gone out, and give back what was reserved for it."""
    rows = broadcasts.count_unsent(tx.connection, broadcast.id)
    unsent = [(row.channel, row.language, row.people) for row in rows]
    # Deliveries are locked before the month's account, here and elsewhere.
    broadcasts.hold_unsent(tx, broadcast.id, reason)
    _give_back(tx, broadcast, unsent)


def cancel_pending(tx: UnitOfWork, delivery_id: int) -> None:
    """Cancel what is still to be sent of a delivery, which is locked, and give back what was reserved for it."""
    canceled = attempts.cancel_pending(tx, delivery_id)
    if canceled:
        language = attempts.language_of(tx.connection, delivery_id)
        broadcast = broadcasts.find_broadcast(tx.connection, canceled[0][0])
        assert broadcast
        _give_back(tx, broadcast, [(way, language, 1) for _, way in canceled])


def give_back(tx: UnitOfWork, attempt: Attempt) -> None:
    """Give back what was reserved for an attempt that certainly did not go out."""
    broadcast = broadcasts.find_broadcast(tx.connection, attempt.broadcast_id)
    assert broadcast
    _give_back(tx, broadcast, [(NOTE if attempt.step == NOTE_STEP else attempt.channel, attempt.language, 1)])


def _give_back(tx: UnitOfWork, broadcast: Broadcast, unsent: Sequence[tuple[str, str, int]]) -> None:
    """To the month in which the broadcast began."""
    community = roll.community(tx.connection, broadcast.community_id)
    if money.terms_of(tx.connection, community.id).are_set:
        amount = _sum(tx.connection, broadcast, community, unsent)
        money.spend(tx, community.id, month_of(broadcast.started_at, community.timezone), -amount, None)


def _sum(conn: Connection, broadcast: Broadcast, community: Community, counts: Sequence[tuple[str, str, int]]) -> int:
    prices = broadcasts.prices(conn, broadcast.id)
    default = community.languages[0]
    return sum(many * price_in(prices[way], language, default) for way, language, many in counts)


def _written(amount: int, terms: Terms) -> str:
    return f"{write_amount(amount)} {terms.currency}"
