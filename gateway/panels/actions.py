"""The verbs of a panel: plan it, fix its list and its source on the record, draw it. All take `tx` and never commit.

The order of things is what makes a draw fair: the numbered list, the seats and the name of a public source are on the
record before the source has spoken; after that nothing is left to anybody's will.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from gateway.kernel.db import UnitOfWork
from gateway.kernel.errors import Conflict, NotFound, RuleError
from gateway.kernel.ports import Ports
from gateway.kernel.secret import Secret
from gateway.panels import lottery, store
from gateway.panels.model import (
    LotState,
    Panel,
    PanelDraft,
    PanelState,
    Plan,
    check_draft,
    make_plan,
    number_households,
    read_digits,
    subject_of,
)
from gateway.panels.quotas import check_quotas, places_of, quota_terms
from gateway.panels.sources import Source, check_response, local_time
from gateway.panels.views import candidates
from gateway.record import actions as record
from gateway.record.model import canonical_json, moment_text
from gateway.roll import views as roll
from gateway.topics import views as topics

SLIP_DIGITS = 20


@dataclass(frozen=True)
class LotteryDigits:
    """The numbers of a public lottery, typed twice, and the code of the resident who saw them being typed."""

    digits: str
    again: str
    witness_code: str


def plan_panel(tx: UnitOfWork, draft: PanelDraft, *, at: datetime) -> int:
    """Keep a draft whose seats can be filled from today's roll; returns its number.

    InputError as in `check_draft`, RuleError as in `make_plan`, both as in `check_quotas`;
    NotFound("community_unknown", "topic_unknown").
    """
    check_draft(draft)
    community = roll.community(tx.connection, draft.community_id)
    topic = topics.topic_by_id(tx.connection, draft.topic_id) if draft.topic_id is not None else None
    if draft.topic_id is not None and (topic is None or topic.community_id != community.id):
        raise NotFound("topic_unknown")
    check_quotas(draft, make_plan(draft, candidates(tx.connection, community.id, at)))
    return store.insert_panel(tx, draft)


def commit_panel(tx: UnitOfWork, number: int, source: Source, *, ports: Ports) -> Panel:
    """Number the pool in a shuffled order and put its hash, the seats and the coming randomness on the record.

    NotFound("panel_unknown"), RuleError("panel_too_soon") when the source speaks before the notice is over, and as in
    `make_plan`; Conflict("panel_moved") when somebody else was first.
    """
    now = ports.clock.now()
    panel = _panel(tx, number)
    if panel.state is not PanelState.DRAFT:
        raise Conflict("panel_moved", panel=number)
    if source.at < now.replace(microsecond=0) + timedelta(minutes=panel.draft.notice_minutes):
        raise RuleError("panel_too_soon", minutes=panel.draft.notice_minutes)
    people = candidates(tx.connection, panel.draft.community_id, now)
    ports.randomness.shuffle(people)
    plan = make_plan(panel.draft, people)
    check_quotas(panel.draft, plan)
    terms = _terms(tx, panel, plan, source, ports.secret)
    moved = {"commitment": canonical_json(terms), "committed_at": now}
    if not store.move_panel(tx, number, PanelState.DRAFT, PanelState.COMMITTED, **moved):
        raise Conflict("panel_moved", panel=number)
    rows = zip(terms["pool"], plan.people, strict=True)
    store.insert_lots(tx, number, [(row[0], person.resident_id, row[1]) for row, person in rows])
    entry = {
        "panel": number,
        "sha256": lottery.sha256(terms),
        "pool": len(plan.people),
        "seats": panel.draft.seats,
        "algorithm": terms["algorithm"],
        "source": terms["source"],
    }
    record.append(tx, "panel.committed", subject_of(number), entry, at=now)
    return _panel(tx, number)


def draw_by_beacon(tx: UnitOfWork, number: int, response: Mapping[str, Any], *, at: datetime) -> Panel:
    """Draw with the drand round that was announced; its signature is checked and its response kept as it came.

    Conflict("panel_moved"), RuleError("panel_not_yet", "panel_other_source"), InputError as in `check_response`.
    """
    panel = _to_draw(tx, number, "drand", at)
    source = _commitment(panel)["source"]
    return _draw(tx, panel, {"response": check_response(source, response)}, at)


def draw_by_lottery(tx: UnitOfWork, number: int, typed: LotteryDigits, *, at: datetime) -> Panel:
    """Draw with the numbers of the public lottery that was announced, typed twice with a resident as witness.

    Conflict("panel_moved"), RuleError("panel_not_yet", "panel_other_source", "panel_digits_differ"),
    NotFound("resident_unknown"), InputError("panel_digits_unreadable").
    """
    panel = _to_draw(tx, number, "lottery", at)
    digits = read_digits(typed.digits)
    if read_digits(typed.again) != digits:
        raise RuleError("panel_digits_differ")
    witness = roll.resident_by_code(tx.connection, panel.draft.community_id, typed.witness_code)
    if witness is None:
        raise NotFound("resident_unknown")
    return _draw(tx, panel, {"digits": digits}, at, witness_id=witness.id)


def slip_of(panel: int, resident_id: int, *, secret: Secret) -> str:
    """The secret word that, with the code, proves whose number it is; for that person alone."""
    return secret.hash("panel slip", f"{panel}:{resident_id}")[:SLIP_DIGITS]


def seal_of(panel: int, lot: int, code: str, slip: str) -> str:
    """What the published list shows of a person: SHA-256 of `panel|number|code|slip`."""
    return hashlib.sha256(f"{panel}|{lot}|{code}|{slip}".encode()).hexdigest()


def _terms(tx: UnitOfWork, panel: Panel, plan: Plan, source: Source, secret: Secret) -> dict[str, Any]:
    """The commitment: everything that the draw depends on, without a name."""
    draft, number = panel.draft, panel.number
    topic = topics.topic_by_id(tx.connection, draft.topic_id) if draft.topic_id is not None else None
    homes = number_households(plan.people)
    pool: list[list[Any]] = []
    for at, person in enumerate(plan.people):
        slip = slip_of(number, person.resident_id, secret=secret)
        pool.append([at + 1, plan.stratum_of[at], homes[at], seal_of(number, at + 1, person.code, slip)])
        if draft.quotas:
            pool[-1].append(places_of(draft.quotas, person))
    return {
        "format": lottery.QUOTA_FORMAT if draft.quotas else lottery.FORMAT,
        "algorithm": lottery.QUOTA_ALGORITHM if draft.quotas else lottery.ALGORITHM,
        "panel": number,
        "community": roll.community(tx.connection, draft.community_id).code,
        "topic": topic.number if topic else "",
        "title": draft.title,
        "seats": draft.seats,
        "rule": str(draft.rule),
        "household_cap": draft.household_cap,
        "stratified_by": [str(attribute) for attribute in draft.strata],
        "strata": [{"label": one.label, "people": one.people, "seats": one.seats} for one in plan.strata],
        "drawn_from": _pool_rule(draft),
        "notice_minutes": draft.notice_minutes,
        "source": source.as_json(),
        "pool": pool,
        **({"quotas": quota_terms(draft, plan)} if draft.quotas else {}),
    }


def _pool_rule(draft: PanelDraft) -> dict[str, Any]:
    return {"groups": list(draft.pool.groups), "min_age": draft.pool.min_age, "away": draft.pool.away}


def _to_draw(tx: UnitOfWork, number: int, kind: str, at: datetime) -> Panel:
    panel = _panel(tx, number)
    if panel.state is not PanelState.COMMITTED:
        raise (
            Conflict("panel_moved", panel=number)
            if panel.state is PanelState.DRAWN
            else RuleError("panel_not_committed")
        )
    source = _commitment(panel)["source"]
    if source["kind"] != kind:
        raise RuleError("panel_other_source")
    if moment_text(at) < source["at"]:
        timezone = roll.community(tx.connection, panel.draft.community_id).timezone
        raise RuleError("panel_not_yet", at=f"{local_time(source['at'], timezone):%Y-%m-%d %H:%M}")
    return panel


def _draw(
    tx: UnitOfWork, panel: Panel, randomness: dict[str, Any], at: datetime, *, witness_id: int | None = None
) -> Panel:
    terms = _commitment(panel)
    result = lottery.draw(terms, lottery.key_for(terms, randomness))
    if sum(verdict == lottery.SEAT for _, verdict in result["order"]) != panel.draft.seats:
        raise AssertionError("a draw that the commitment said could be filled was not")
    moved = {
        "randomness": canonical_json(randomness),
        "witness_id": witness_id,
        "result": canonical_json(result),
        "drawn_at": at,
    }
    if not store.move_panel(tx, panel.number, PanelState.COMMITTED, PanelState.DRAWN, **moved):
        raise Conflict("panel_moved", panel=panel.number)
    store.place_lots(tx, panel.number, _placed(result["order"]))
    spoken = {"digits": randomness["digits"]} if witness_id else {"randomness": randomness["response"]["randomness"]}
    entry = {"panel": panel.number, "sha256": lottery.sha256(result), **spoken, "witnessed": witness_id is not None}
    record.append(tx, "panel.drawn", subject_of(panel.number), entry, at=at)
    return _panel(tx, panel.number)


def _placed(order: Sequence[tuple[int, str]]) -> list[tuple[int, int, LotState]]:
    return [
        (lot, place, LotState.CALLED if verdict == lottery.SEAT else LotState.WAITING)
        for place, (lot, verdict) in enumerate(order, start=1)
    ]


def _commitment(panel: Panel) -> Mapping[str, Any]:
    assert panel.commitment is not None
    return panel.commitment


def _panel(tx: UnitOfWork, number: int) -> Panel:
    panel = store.find_panel(tx.connection, number, lock=True)
    if panel is None:
        raise NotFound("panel_unknown", panel=number)
    return panel
