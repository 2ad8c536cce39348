"""Read-only queries on panels for answers, pages and commands, and the file that is published."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy.engine import Connection

from gateway.kernel.errors import NotFound, RuleError
from gateway.panels import lottery, store
from gateway.panels.model import Candidate, Lot, LotState, Panel, PanelState, Plan, make_plan, subject_of
from gateway.record import views as record
from gateway.record.model import Entry, moment_text
from gateway.roll import views as roll

_LOGGED = tuple(f"panel.{event}" for event in (lottery.INVITED, lottery.ACCEPTED, lottery.DECLINED, lottery.SILENT))


def panel(conn: Connection, number: int) -> Panel:
    """The panel with that number; NotFound("panel_unknown")."""
    found = store.find_panel(conn, number)
    if found is None:
        raise NotFound("panel_unknown", panel=number)
    return found


def panels(conn: Connection, community_id: int | None = None, topic_id: int | None = None) -> list[Panel]:
    """Panels by number: all, of one community, of one topic."""
    return store.find_panels(conn, community_id, topic_id)


def candidates(conn: Connection, community_id: int, at: datetime) -> list[Candidate]:
    """Everybody with a vote as a lottery knows them; ages are those of the community's present year."""
    year = at.astimezone(ZoneInfo(roll.community(conn, community_id).timezone)).year
    return [
        Candidate(
            resident_id=one.resident_id,
            code=one.code,
            household=one.household,
            group=one.group,
            gender=one.gender,
            age=None if one.birth_year is None else year - one.birth_year,
            away=one.away,
        )
        for one in roll.profiles(conn, community_id)
    ]


def plan(conn: Connection, number: int, at: datetime) -> Plan:
    """What a draft comes to with the roll as it stands; RuleError as in `make_plan`, NotFound("panel_unknown")."""
    draft = panel(conn, number).draft
    return make_plan(draft, candidates(conn, draft.community_id, at))


def lots(conn: Connection, number: int, *states: LotState) -> list[Lot]:
    """The numbers of a panel in the drawn order, in any or some states."""
    return store.find_lots(conn, number, states or None)


def members(conn: Connection, number: int) -> list[int]:
    """The residents who sit on a panel: drawn and accepted, in the drawn order."""
    return [lot.resident_id for lot in lots(conn, number, LotState.ACCEPTED)]


def lot_of(conn: Connection, number: int, resident_id: int) -> Lot | None:
    """The number that a resident has in a panel's pool; None when not in it or before the list is fixed."""
    return store.find_lot(conn, number, resident_id)


def invitations(conn: Connection, resident_id: int) -> list[int]:
    """The panels that await this person's yes or no."""
    return [number for number, _ in store.find_invitations(conn, resident_id)]


def overdue(conn: Connection, at: datetime) -> list[int]:
    """The panels in which somebody's time to answer is over."""
    return store.overdue_panels(conn, at)


def published(conn: Connection, number: int) -> dict[str, Any]:
    """The file by which anybody can check a drawn panel (see `lottery.verify`). RuleError("panel_not_drawn")."""
    found = panel(conn, number)
    if found.state is not PanelState.DRAWN:
        raise RuleError("panel_not_drawn", panel=number)
    assert found.commitment is not None
    entries = record.entries_about(conn, subject_of(number))
    return {
        "format": found.commitment["format"],
        "commitment": found.commitment,
        "committed": _one(entries, "panel.committed"),
        "randomness": found.randomness,
        "drawn": _one(entries, "panel.drawn"),
        "result": found.result,
        "log": [_as_json(entry) for entry in entries if entry.kind in _LOGGED],
        "members": sorted(lot.number for lot in lots(conn, number, LotState.ACCEPTED)),
    }


def _one(entries: list[Entry], kind: str) -> dict[str, Any]:
    return next(_as_json(entry) for entry in entries if entry.kind == kind)


def _as_json(entry: Entry) -> dict[str, Any]:
    return {
        "seq": entry.seq,
        "kind": entry.kind,
        "subject": entry.subject,
        "data": dict(entry.data),
        "at": moment_text(entry.at),
        "leaf_hash": entry.leaf_hash,
    }
