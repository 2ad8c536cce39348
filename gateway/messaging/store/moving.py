"""The usual report about a text in one statement: it has gone on, or arrived, and nothing else follows from that.

Whatever else there is to think of makes it change nothing, and the caller takes the general way (`reports.py`): a call,
a failure, a copy, a message that is not ours, a text that counts as late, another attempt that waits to be made.
"""

from __future__ import annotations

from sqlalchemy import ColumnElement, bindparam, case, exists, literal_column, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.sql.dml import ReturningUpdate

from gateway.kernel.db import Moment
from gateway.kernel.prepared import Prepared
from gateway.messaging.model import NOTE_STEP, RANK, AttemptState, DeliveryState, InboxKind, InboxState
from gateway.messaging.store.attempts import BEFORE_ACCEPTANCE
from gateway.messaging.store.tables import delivery, inbox, outbox
from gateway.roll.model import Channel


def _word(word: str) -> ColumnElement[str]:
    return literal_column(f"'{word}'")


def _moved(state: AttemptState) -> ReturningUpdate[tuple[int]]:
    """Values: attempt, theirs, late. The delivery is locked before the attempt, as everywhere.

    A report that waits for somebody else who holds the delivery sees the attempt as that one has left it: `outcome` is
    no longer empty then if they have planned another.
    """
    mine = outbox.alias("mine")
    locked = (
        select(delivery.c.id)
        .join(mine, mine.c.delivery_id == delivery.c.id)
        .where(mine.c.id == bindparam("attempt"))
        .with_for_update(of=delivery)
        .cte("locked")
    )
    other = outbox.alias("other")
    waiting = (other.c.delivery_id == outbox.c.delivery_id) & (other.c.state == _word(AttemptState.READY))
    below = [_word(lower) for lower, rank in RANK.items() if rank < RANK[state]]
    before = outbox.c.state.in_([_word(one) for one in BEFORE_ACCEPTANCE])
    theirs = bindparam("theirs", type_=outbox.c.carrier_id.type)
    named = (outbox.c.carrier_id == theirs) | (outbox.c.carrier_id.is_(None) & outbox.c.started_at.is_not(None))
    return (
        update(outbox)
        .where(outbox.c.delivery_id == locked.c.id, outbox.c.id == bindparam("attempt"), named)
        .where(outbox.c.channel == _word(Channel.TEXT), outbox.c.step > literal_column(str(NOTE_STEP)))
        .where(outbox.c.state.in_(below), outbox.c.outcome == literal_column("''"), outbox.c.heard_at.is_(None))
        .where(~exists(select(other.c.id).where(waiting, other.c.id != outbox.c.id)))
        .values(
            state=_word(state),
            carrier_id=theirs,
            due_at=case((before, bindparam("late", type_=Moment())), else_=outbox.c.due_at),
        )
        .returning(outbox.c.delivery_id)
    )


_CLAIM = {
    "key": bindparam("key_of", type_=inbox.c.key.type),
    "kind": _word(InboxKind.STATUS),
    "state": _word(InboxState.DONE),
    "received_on": bindparam("day", type_=inbox.c.received_on.type),
    "answer": literal_column("''"),
}
_CLOSED = update(delivery).values(state=_word(DeliveryState.DELIVERED), reason=literal_column("''"))


def _in_one(state: AttemptState) -> Prepared:
    moved = _moved(state).cte("moved")
    claimed = postgresql.insert(inbox).from_select(list(_CLAIM), select(*_CLAIM.values()).select_from(moved))
    parts = [claimed.on_conflict_do_nothing().cte("claimed")]
    if state is AttemptState.DELIVERED:
        parts.append(_CLOSED.where(delivery.c.id.in_(select(moved.c.delivery_id))).cte("closed"))
    return Prepared(select(moved.c.delivery_id).add_cte(*parts))


_STATES = (AttemptState.ACCEPTED, AttemptState.SENT, AttemptState.DELIVERED)
# For PostgreSQL: all of it. Values: attempt, theirs, late, key_of, day; a row if the attempt moved.
MOVE_AND_CLAIM = {state: _in_one(state) for state in _STATES}
# For SQLite, one after the other, each only after the one before has given a row.
MOVE = {state: Prepared(_moved(state)) for state in _STATES}
CLAIM = Prepared(sqlite.insert(inbox).values(_CLAIM).on_conflict_do_nothing())
CLOSE = Prepared(_CLOSED.where(delivery.c.id == bindparam("delivery")))
