"""The lot that breaks a tie: drawn after the count from public randomness whose source was announced before opening.

It needs no ballots, only the published result, so anybody can draw it again: the tied options in the order of SHA-256
of "seed:option"; the first one wins, or of a budget each in turn is paid for if the money that is left covers it.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from gateway.kernel.db import UnitOfWork
from gateway.kernel.errors import InputError, RuleError
from gateway.polls import views
from gateway.polls.counting.ties import lot_order
from gateway.polls.model import SHARING_OUT, Lot, Poll, Result, TieRule
from gateway.polls.telling import put_digits, send_result
from gateway.record import actions as record
from gateway.record.model import Value
from gateway.wording.catalogue import Wording

LONGEST_SEED = 200


def draw_lot(tx: UnitOfWork, number: int, seed: str, *, at: datetime, wording: Wording) -> tuple[str, ...]:
    """Draw the lot of a closed poll, put it on the record and tell everybody, once; returns what it chose.

    InputError: lot_seed_wrong; RuleError: poll_no_tie, poll_lot_drawn, result_not_yet, poll_void; NotFound:
    poll_unknown.
    """
    words = " ".join(seed.split())
    if not words or len(words) > LONGEST_SEED:
        raise InputError("lot_seed_wrong", longest=LONGEST_SEED)
    poll, result = views.poll(tx.connection, number), views.result(tx.connection, number)
    if poll.tie_rule is not TieRule.LOT or not result.tied:
        raise RuleError("poll_no_tie", poll=number)
    subject = f"poll:{number}"
    if result.lot is not None:
        raise RuleError("poll_lot_drawn", poll=number)
    chosen = chosen_by_lot(poll, result, words)
    entry: dict[str, Value] = {
        "poll": number,
        "seed": words,
        "source": poll.lot_source,
        "tied": list(result.tied),
        "chosen": list(chosen),
    }
    drawn = replace(result, lot=Lot(words, poll.lot_source, chosen))
    told = send_result(tx, poll, drawn, at=at, wording=wording)
    record.append(tx, views.LOT_DRAWN, subject, entry, at=at)
    put_digits(tx, told, poll, drawn, wording=wording)
    return chosen


def chosen_by_lot(poll: Poll, result: Result, seed: str) -> tuple[str, ...]:
    """What the lot with `seed` chooses among the tied options of a result."""
    order = lot_order(result.tied, seed)
    if poll.counting not in SHARING_OUT:
        return order[:1]
    left = (poll.budget or 0) - sum(poll.costs[int(option) - 1] for option in result.winners)
    chosen: list[str] = []
    for option in order:
        cost = poll.costs[int(option) - 1]
        if cost <= left:
            chosen.append(option)
            left -= cost
    return tuple(chosen)
