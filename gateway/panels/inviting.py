"""Asking those drawn: an invitation by text and call, yes or no by number or key; who declines or keeps silent is
followed by the next of the stratum. Every step is an entry of the record, by number and never by name.

Whoever changes numbers of a panel locks the panel first, so that two answers at once never call up one person twice.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from gateway.kernel.db import UnitOfWork
from gateway.kernel.errors import Conflict, NotFound, RuleError
from gateway.messaging.actions import note_answered, start_broadcast
from gateway.messaging.beforehand import words_before_call
from gateway.messaging.model import BroadcastDraft
from gateway.panels import lottery, store
from gateway.panels.model import INVITATION, SEATED, Lot, LotState, Panel, PanelState, subject_of
from gateway.record import actions as record
from gateway.roll import views as roll
from gateway.wording.catalogue import Wording

# What an answer may follow: who accepted may still withdraw, who declined or kept silent has given the seat away.
_OPEN = (LotState.INVITED, LotState.ACCEPTED)


def invite(tx: UnitOfWork, number: int, *, at: datetime, wording: Wording) -> int:
    """Invite everybody drawn; later ones follow by themselves. Returns how many go out.

    NotFound("panel_unknown"), RuleError("panel_not_drawn"), Conflict("panel_invited") when they went out before.
    """
    panel = _drawn(tx, number)
    if not store.begin_inviting(tx, number):
        raise Conflict("panel_invited", panel=number)
    called = store.find_lots(tx.connection, number, [LotState.CALLED])
    _send(tx, panel, called, at, wording)
    return len(called)


def answer(tx: UnitOfWork, number: int, resident_id: int, accepts: bool, *, at: datetime, wording: Wording) -> LotState:
    """Take in a yes or no and return what the number is now; the same answer again changes nothing.

    NotFound("panel_unknown", "panel_not_invited"), RuleError("panel_seat_gone") once the seat was passed on.
    """
    panel = _drawn(tx, number)
    lot = store.find_lot(tx.connection, number, resident_id)
    if lot is None or lot.state in (LotState.WAITING, LotState.CALLED):
        raise NotFound("panel_not_invited", panel=number)
    after = LotState.ACCEPTED if accepts else LotState.DECLINED
    if lot.state is after:
        return after
    if lot.state not in _OPEN or (accepts and lot.answer_by is not None and lot.answer_by <= at):
        raise RuleError("panel_seat_gone", panel=number)
    _settle(tx, panel, lot, after, at=at, wording=wording)
    note_answered(tx, resident_id, INVITATION, subject_of(number))
    return after


def pass_on_silent(tx: UnitOfWork, number: int, *, at: datetime, wording: Wording) -> int:
    """Pass on the seats of those whose time to answer is over; returns how many. Safe to run twice."""
    panel = _drawn(tx, number)
    late = [
        lot
        for lot in store.find_lots(tx.connection, number, [LotState.INVITED])
        if lot.answer_by and lot.answer_by <= at
    ]
    for lot in late:
        _settle(tx, panel, lot, LotState.SILENT, at=at, wording=wording)
    return len(late)


def _settle(tx: UnitOfWork, panel: Panel, lot: Lot, after: LotState, *, at: datetime, wording: Wording) -> None:
    """Write what became of a number; a seat given away goes to the next of its stratum, who is invited at once."""
    if not store.move_lot(tx, panel.number, lot.number, _OPEN, after):
        raise Conflict("panel_moved", panel=panel.number)
    _note(tx, panel.number, after, lot.number, at)
    if after is LotState.ACCEPTED:
        return
    following = _next(tx, panel, lot.stratum)
    if following is not None:
        _send(tx, panel, [following], at, wording)


def _next(tx: UnitOfWork, panel: Panel, stratum: int) -> Lot | None:
    assert panel.commitment is not None
    assert panel.result is not None
    lots = {lot.number: lot for lot in store.find_lots(tx.connection, panel.number)}
    states = {
        number: lottery.INVITED if lot.state in SEATED else str(lot.state)
        for number, lot in lots.items()
        if lot.state is not LotState.WAITING
    }
    found = lottery.next_reserve(panel.commitment, panel.result["order"], states, stratum)
    return lots.get(found)


def _send(tx: UnitOfWork, panel: Panel, lots: Sequence[Lot], at: datetime, wording: Wording) -> None:
    """Invite people, each in words of their own, for each is told their number."""
    answer_by = at + timedelta(hours=panel.draft.answer_hours)
    village = roll.community(tx.connection, panel.draft.community_id).name
    notes = words_before_call(tx.connection, panel.draft.community_id, wording=wording)
    for lot in lots:
        start_broadcast(tx, _words(panel, lot, village, wording, notes), at=at)
        before = [LotState.WAITING, LotState.CALLED]
        if not store.move_lot(tx, panel.number, lot.number, before, LotState.INVITED, answer_by=answer_by):
            raise Conflict("panel_moved", panel=panel.number)
    for lot in lots:
        _note(tx, panel.number, LotState.INVITED, lot.number, at)


def _words(panel: Panel, lot: Lot, village: str, wording: Wording, notes: Mapping[str, str]) -> BroadcastDraft:
    values: dict[str, str | int] = {
        "village": village,
        "panel": panel.number,
        "title": panel.draft.title,
        "lot": lot.number,
        "hours": panel.draft.answer_hours,
    }
    return BroadcastDraft(
        community_id=panel.draft.community_id,
        kind=INVITATION,
        subject=subject_of(panel.number),
        texts={language: wording.say("panel_invitation.text", language, **values) for language in wording.languages},
        calls={language: wording.say("panel_invitation.call", language, **values) for language in wording.languages},
        audience=[lot.resident_id],
        before_call=notes,
    )


def _note(tx: UnitOfWork, number: int, state: LotState, lot: int, at: datetime) -> None:
    record.append(tx, f"panel.{state}", subject_of(number), {"panel": number, "lot": lot}, at=at)


def _drawn(tx: UnitOfWork, number: int) -> Panel:
    panel = store.find_panel(tx.connection, number, lock=True)
    if panel is None:
        raise NotFound("panel_unknown", panel=number)
    if panel.state is not PanelState.DRAWN:
        raise RuleError("panel_not_drawn", panel=number)
    return panel
