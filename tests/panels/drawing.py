"""A village with a panel, from plan to draw, against real rows."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import update

from gateway.kernel.db import metadata
from gateway.kernel.ports import Ports
from gateway.panels import actions, inviting, sources, views
from gateway.panels.model import Attribute, LotState, Panel, PanelDraft
from gateway.wording.catalogue import Wording
from tests.fakes import StillClock
from tests.panels.beacons import QUICKNET, ROUND, appears_at
from tests.polls.village import Village, a_village


def day_before() -> datetime:
    """A good while before the round that the tests draw with."""
    return appears_at(ROUND) - timedelta(hours=30)


def a_village_to_draw_from(ports: Ports, people: int = 24) -> Village:
    """People of two groups, two in each household."""
    village = a_village(ports, people, groups=("东村", "西村"))
    resident = metadata.tables["resident"]
    with ports.db.work() as tx:
        for at, one in enumerate(village.people):
            values = {"household": f"h{at // 2}", "gender": ("female", "male")[at // 2 % 2], "birth_year": 1950 + at}
            tx.execute(update(resident).where(resident.c.id == one).values(**values))
        tx.commit()
    return village


def planned(ports: Ports, village: Village, **terms: Any) -> int:
    values: dict[str, Any] = {"title": "村口的路怎样修", "seats": 4, "strata": (Attribute.GROUP,)}
    with ports.db.work() as tx:
        number = actions.plan_panel(tx, PanelDraft(village.id, **values | terms), at=ports.clock.now())
        tx.commit()
    return number


def committed(ports: Ports, number: int, source: sources.Source | None = None) -> Panel:
    with ports.db.work() as tx:
        made = actions.commit_panel(tx, number, source or sources.drand_round("quicknet", ROUND), ports=ports)
        tx.commit()
    return made


def drawn(ports: Ports, clock: StillClock, village: Village, **terms: Any) -> int:
    """A panel planned and fixed the day before, drawn when the round is there."""
    clock.at = day_before()
    number = planned(ports, village, **terms)
    committed(ports, number)
    clock.at = appears_at(ROUND) + timedelta(hours=2)
    with ports.db.work() as tx:
        actions.draw_by_beacon(tx, number, QUICKNET[ROUND], at=clock.at)
        tx.commit()
    return number


def invited(ports: Ports, wording: Wording, number: int) -> int:
    with ports.db.work() as tx:
        count = inviting.invite(tx, number, at=ports.clock.now(), wording=wording)
        tx.commit()
    return count


def answered(ports: Ports, wording: Wording, number: int, resident: int, accepts: bool) -> LotState:
    with ports.db.work() as tx:
        state = inviting.answer(tx, number, resident, accepts, at=ports.clock.now(), wording=wording)
        tx.commit()
    return state


def with_state(ports: Ports, number: int, *states: LotState) -> list[int]:
    """The residents whose number is in one of these states, in the drawn order."""
    with ports.db.read() as conn:
        return [lot.resident_id for lot in views.lots(conn, number, *states)]


def published(ports: Ports, number: int) -> dict[str, Any]:
    with ports.db.read() as conn:
        return views.published(conn, number)
