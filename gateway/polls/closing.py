"""Closing a poll: a state machine that may be killed at any point, run again, and run by two processes at once.

    casting → frozen     no ballot any more
    → receipted          the sealed ballots are out of their envelopes and in the box, in the order of their slots; the
                         Merkle root over them and the number of participants are on the record, and the list of
                         receipts is kept; then the slot key is destroyed
    → decided            tally, shuffled choices, record entry and broadcast in one transaction; or void
    → emptied            the box key is destroyed, the envelopes and sealed ballots are removed

Each step is a transaction of its own that moves the stage by compare-and-set, so that what belongs to a step is written
once. Long work (hashing, unsealing) is done before the step's transaction begins; the frozen box cannot change.
The removed rows may stay in the files of the database for a while (PostgreSQL is asked to clear them out at once):
without the keys they say nothing.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import islice

from sqlalchemy.exc import DBAPIError

from gateway.kernel.db import UnitOfWork
from gateway.kernel.errors import GatewayError, NotFound, RuleError
from gateway.kernel.ports import Ports
from gateway.messaging import outages
from gateway.polls import ballots, counting, filling, turned_away, views, waiting
from gateway.polls.model import Poll, PollState, Result, Stage, VoidReason, Walk, straight
from gateway.polls.receipts import Receipts
from gateway.polls.store import box, bulk, paper, polls, published, tables
from gateway.polls.telling import put_digits, send_result
from gateway.polls.unsealing import (
    BoxChangedError,
    Count,
    LinesDigest,
    WrongKeyError,
    box_root,
    choice_line,
    count_box,
    digest_lines,
)
from gateway.record import actions as record
from gateway.record.model import Value, canonical_json
from gateway.wording.catalogue import Wording

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class _Tools:
    ports: Ports
    wording: Wording
    walk: Walk


def close_poll(number: int, *, ports: Ports, wording: Wording, walk: Walk = straight) -> Result:
    """Close an open poll, or go on where a closing was interrupted; returns the published result (own transactions).

    RuleError: poll_not_open for a draft, poll_void when keys were lost or the box was changed; NotFound: poll_unknown.
    """
    tools = _Tools(ports, wording, walk)
    while (poll := _current(number, ports)).stage is not Stage.EMPTIED:
        try:
            _STEPS[poll.stage](poll, tools)
        except NotFound as error:
            if error.code != "vault_key_missing":
                raise
            _void(poll, VoidReason.KEYS_LOST, tools)
    with ports.db.read() as conn:
        return views.result(conn, number)


def close_due(ports: Ports, wording: Wording) -> None:
    """Close every poll past its closing time, finish interrupted closings, void open polls whose keys are lost."""
    with ports.db.read() as conn:
        due = polls.unfinished_numbers(conn, ports.clock.now())
        still_open = polls.find_polls(conn, states=[PollState.OPEN])
    lost = [poll.number for poll in still_open if not _has_keys(poll, ports)]
    for number in dict.fromkeys([*due, *lost]):
        try:
            close_poll(number, ports=ports, wording=wording)
        except GatewayError as error:
            logger.warning("poll closed without a result", extra={"poll": number, "code": error.code})
        except Exception:
            # The next sweep goes on with it; the other polls must not wait for that.
            logger.exception("closing a poll broke off", extra={"poll": number})


def is_due(ports: Ports) -> bool:
    """Whether an open poll is past its closing time."""
    now = ports.clock.now()
    with ports.db.read() as conn:
        return any(poll.closes_at <= now for poll in polls.find_polls(conn, states=[PollState.OPEN]))


def _current(number: int, ports: Ports) -> Poll:
    with ports.db.read() as conn:
        poll = views.poll(conn, number)
    if poll.state is PollState.DRAFT:
        raise RuleError("poll_not_open", poll=number)
    return poll


def _has_keys(poll: Poll, ports: Ports) -> bool:
    names = (ballots.slot_key_name(poll.number), ballots.box_key_name(poll.number))
    return all(ports.vault.holds(name) for name in names)


def _freeze(poll: Poll, tools: _Tools) -> None:
    if not _has_keys(poll, tools.ports):
        _void(poll, VoidReason.KEYS_LOST, tools)
        return
    with tools.ports.db.work() as tx:
        if _move(tx, poll, PollState.CLOSING, Stage.FROZEN):
            tx.commit()


def _fill_box(poll: Poll, tools: _Tools) -> None:
    """Move the ballots from their envelopes into the box; record the root over it and keep the receipts."""
    try:
        receipts = filling.fill_box(poll, ports=tools.ports)
    except ValueError:
        _void(poll, VoidReason.BOX_CHANGED, tools)
        return
    if receipts is not None:
        _record_box(poll, receipts, tools)


def _record_box(poll: Poll, receipts: Receipts, tools: _Tools) -> None:
    with tools.ports.db.read() as conn:
        turnout = views.turnout(conn, poll.number)
        root = box_root(conn, poll)
    entry: dict[str, Value] = {
        "poll": poll.number,
        "root": root,
        "sealed": turnout.eligible,
        "participants": turnout.participants,
    }
    with tools.ports.db.work() as tx:
        if _move(tx, poll, PollState.CLOSING, Stage.RECEIPTED, box_root=root):
            rows = ((poll.number, receipt) for receipt in receipts)
            bulk.insert_many(tx, tables.poll_receipt, ("poll_id", "receipt"), rows)
            record.append(tx, "poll.box", f"poll:{poll.number}", entry, at=tools.ports.clock.now())
            tx.commit()


def _decide(poll: Poll, tools: _Tools) -> None:
    # From here on nobody can tell whose ballot is which; only then is the first one opened.
    tools.ports.vault.destroy(ballots.slot_key_name(poll.number))
    waiting.destroy_keys(poll.number, tools.ports.vault)
    try:
        with tools.ports.db.read() as conn:
            count = count_box(conn, poll, vault=tools.ports.vault, walk=tools.walk)
            receipts_digest = digest_lines(published.receipts(conn, poll.number))
    except WrongKeyError:
        _void(poll, VoidReason.KEYS_LOST, tools)
    except BoxChangedError:
        _void(poll, VoidReason.BOX_CHANGED, tools)
    else:
        _publish(poll, count, receipts_digest, tools)


def _publish(poll: Poll, count: Count, receipts_digest: str, tools: _Tools) -> None:
    now = tools.ports.clock.now()
    outages.take_in(tools.ports)
    with tools.ports.db.read() as conn:
        count = replace(count, result=turned_away.with_outages(conn, poll, count.result, until=now))
    result = count.result
    with tools.ports.db.work() as tx:
        if not _move(tx, poll, PollState.CLOSED, Stage.DECIDED, closed_at=now):
            return
        choices_digest = _write_choices(tx, poll, count)
        published.insert_result(tx, poll.number, result.to_json())
        told = send_result(tx, poll, result, at=now, wording=tools.wording)
        entry: dict[str, Value] = {
            "poll": poll.number,
            "counts": dict(result.counts),
            "eligible": result.eligible,
            "participants": result.participants,
            "adopted": result.adopted,
            "result_sha256": digest_lines([canonical_json(result.to_json())]),
            "receipts_sha256": receipts_digest,
            "choices_sha256": choices_digest,
        }
        if poll.rehearsal:
            entry["rehearsal"] = True
        record.append(tx, "poll.result", f"poll:{poll.number}", entry, at=now)
        put_digits(tx, told, poll, result, wording=tools.wording)
        tx.commit()


def _write_choices(tx: UnitOfWork, poll: Poll, count: Count) -> str:
    """Write the shuffled list of salted choices; returns its digest."""
    digest, columns = LinesDigest(), ("poll_id", "salt", "choice", "group_index")
    remaining = counting.published_choices(count.result, count.choices)
    while some := list(islice(remaining, bulk.CHUNK)):
        digest.add([choice_line(*one) for one in some])
        bulk.insert_many(tx, tables.poll_choice, columns, [(poll.number, *one) for one in some])
    return digest.hexdigest()


def _void(poll: Poll, reason: VoidReason, tools: _Tools) -> None:
    now = tools.ports.clock.now()
    with tools.ports.db.work() as tx:
        # Another process may have gone on and destroyed the keys rightly: then the stage has moved and this is nothing.
        if not _move(tx, poll, PollState.VOID, Stage.DECIDED, void_reason=reason, closed_at=now):
            return
        told = send_result(tx, poll, reason, at=now, wording=tools.wording)
        record.append(tx, "poll.void", f"poll:{poll.number}", {"poll": poll.number, "reason": reason}, at=now)
        put_digits(tx, told, poll, reason, wording=tools.wording)
        tx.commit()
    logger.error("poll void", extra={"poll": poll.number, "reason": reason})


def _empty(poll: Poll, tools: _Tools) -> None:
    # A void poll may have both keys left.
    tools.ports.vault.destroy(ballots.slot_key_name(poll.number))
    tools.ports.vault.destroy(ballots.box_key_name(poll.number))
    waiting.destroy_keys(poll.number, tools.ports.vault)
    with tools.ports.db.work() as tx:
        if _move(tx, poll, poll.state, Stage.EMPTIED):
            box.empty_box(tx, poll.number)
            paper.delete_waiting_of_poll(tx, poll.number)
            tx.commit()
    tools.ports.db.truncate_log()
    _clear_out(poll, tools)


def _clear_out(poll: Poll, tools: _Tools) -> None:
    """Have the removed rows cleared out of the database's files. They say nothing without keys, so this may fail."""
    try:
        refused = tools.ports.db.vacuum(box.BOX, box.ENVELOPES)
    except DBAPIError as error:
        refused = [type(error.orig).__name__]
    if refused:
        logger.warning("emptied box not vacuumed", extra={"poll": poll.number, "tables": len(refused)})


def _move(tx: UnitOfWork, poll: Poll, state: PollState, stage: Stage, **values: object) -> bool:
    return polls.move_poll(tx, poll, state=state, stage=stage, **values)


_STEPS: dict[Stage, Callable[[Poll, _Tools], None]] = {
    Stage.CASTING: _freeze,
    Stage.FROZEN: _fill_box,
    Stage.RECEIPTED: _decide,
    Stage.DECIDED: _empty,
}
