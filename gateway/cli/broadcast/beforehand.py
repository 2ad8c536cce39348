"""Before it goes: what it would do, writing it, the second person, its hour, what it may cost."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import click
from sqlalchemy.engine import Connection

from gateway.bootstrap import usual_rates
from gateway.cli.broadcast.shared import (
    BY,
    COMMUNITY,
    NUMBER,
    group,
    make_sure_of,
    money,
    notice_options,
    read_draft,
    read_send_time,
)
from gateway.cli.terminal import Terminal, command
from gateway.messaging import spending
from gateway.messaging import views as broadcasts
from gateway.messaging.model import Preview
from gateway.messaging.money import TWO_PEOPLE_FROM, Terms, parse_amount
from gateway.notices import actions, views
from gateway.notices.model import NoticeDraft, Outlook, Written
from gateway.roll import views as roll
from gateway.roll.model import Community

_AT = click.option("--at", "at", help="When: 2026-12-01T18:00 in the community's zone, or +2h.")


@command(group, "preview", example='xiangyin broadcast preview --community qingshan --words "No water tomorrow"')
@notice_options
@_AT
def preview(terminal: Terminal, code: str, at: str | None, **options: Any) -> None:
    """Show what a notice would do: people, segments, price, when it is done, who gets none and why. Nothing is sent."""
    now = terminal.gateway.ports.clock.now()
    with terminal.gateway.db.read() as conn:
        community = roll.community_by_code(conn, code)
        draft = read_draft(community, options, "", read_send_time(terminal, at, community.timezone))
        found = views.outlook(
            conn, draft, at=now, usual=usual_rates(terminal.settings), wording=terminal.gateway.wording
        )
    terminal.show(_for_machine(found), "\n".join(_outlook_lines(terminal, found, community)))


@command(group, "send", example='xiangyin broadcast send --community qingshan --words "en=No water tomorrow"')
@notice_options
@BY
@_AT
def send(terminal: Terminal, code: str, by: str, at: str | None, **options: Any) -> None:
    """Send a notice, by text or call as each prefers, within the community's hours and budget.

    A large one waits until a second person has agreed (broadcast approve).
    """
    gateway = terminal.gateway
    now = gateway.ports.clock.now()
    with gateway.db.read() as conn:
        community = roll.community_by_code(conn, code)
        draft = read_draft(community, options, by, read_send_time(terminal, at, community.timezone))
        large = views.outlook(
            conn, draft, at=now, usual=usual_rates(terminal.settings), wording=gateway.wording
        ).needs_second
    if large and by:
        make_sure_of(terminal, by)
    with gateway.db.work() as tx:
        written = actions.write_notice(tx, draft, at=now, wording=gateway.wording)
        tx.commit()
    _show_written(terminal, written, community)


@command(group, "approve", example="xiangyin broadcast approve 12 --by wang")
@NUMBER
@click.option("--by", required=True, help="Your staff account; not the one that wrote it. Its password is asked for.")
def approve(terminal: Terminal, number: int, by: str) -> None:
    """Agree to a large notice as the second person; its whole series goes."""
    name = make_sure_of(terminal, by)
    with terminal.gateway.db.work() as tx:
        written = actions.approve(tx, number, name, at=terminal.gateway.ports.clock.now())
        community = _community_of(tx.connection, number)
        tx.commit()
    _show_written(terminal, written, community)


@command(group, "schedule", example="xiangyin broadcast schedule 12 --at 2026-12-01T18:00")
@NUMBER
@click.option("--at", "at", required=True, help="When: 2026-12-01T18:00 in the community's zone, or +2h.")
def schedule(terminal: Terminal, number: int, at: str) -> None:
    """Set the hour of a notice that has not gone yet."""
    now = terminal.gateway.ports.clock.now()
    with terminal.gateway.db.work() as tx:
        community = _community_of(tx.connection, number)
        send_at = read_send_time(terminal, at, community.timezone)
        assert send_at is not None
        written = actions.schedule(tx, number, send_at, at=now)
        tx.commit()
    _show_written(terminal, written, community)


@command(group, "budget", example="xiangyin broadcast budget --community qingshan --segment 0.05 --cap 300")
@COMMUNITY
@click.option("--currency", help="Three letters, such as CNY.")
@click.option("--segment", help="What one segment of a text costs.")
@click.option("--minute", help="What one minute begun of a call costs.")
@click.option("--cap", help='What a month may cost at most; "none" lifts the cap.')
@click.option("--two-people-from", type=click.IntRange(1), help="From so many people on a second person must agree.")
def budget(terminal: Terminal, code: str, **changes: Any) -> None:
    """Show or set what sending costs a community, what a month may cost, and from when on two people must agree."""
    now = terminal.gateway.ports.clock.now()
    with terminal.gateway.db.work() as tx:
        community = roll.community_by_code(tx.connection, code)
        terms = broadcasts.terms_of(tx.connection, community.id)
        if any(value is not None for value in changes.values()):
            terms = _changed(terms, changes)
            spending.set_terms(tx, community.id, terms)
        spent = broadcasts.spent(tx.connection, community.id, now)
        tx.commit()
    cap = money(terms.monthly_cap, terms.currency) if terms.monthly_cap is not None else "–"
    values: dict[str, str | int] = {
        "segment": money(terms.segment_price, terms.currency),
        "minute": money(terms.minute_price, terms.currency),
        "cap": cap,
        "spent": money(spent, terms.currency),
        "people": terms.two_people_from,
    }
    terminal.show(asdict(terms) | {"spent": spent}, terminal.say("staff_broadcast.budget", **values))


def _outlook(terminal: Terminal, conn: Connection, draft: NoticeDraft, now: datetime) -> Outlook:
    return views.outlook(conn, draft, at=now, usual=usual_rates(terminal.settings), wording=terminal.gateway.wording)


def _changed(terms: Terms, changes: dict[str, Any]) -> Terms:
    cap = terms.monthly_cap
    if changes["cap"] is not None:
        cap = None if changes["cap"].lower() == "none" else parse_amount(changes["cap"])
    return Terms(
        currency=(changes["currency"] or terms.currency or "CNY").upper()[:3],
        segment_price=parse_amount(changes["segment"]) if changes["segment"] else terms.segment_price,
        minute_price=parse_amount(changes["minute"]) if changes["minute"] else terms.minute_price,
        monthly_cap=cap,
        two_people_from=changes["two_people_from"] or terms.two_people_from or TWO_PEOPLE_FROM,
    )


def _community_of(conn: Connection, number: int) -> Community:
    return roll.community(conn, broadcasts.broadcast(conn, number).community_id)


def _show_written(terminal: Terminal, written: Written, community: Community) -> None:
    numbers = " ".join(map(str, written.numbers))
    if written.needs_second:
        said = terminal.say("staff_broadcast.waits_for_second", numbers=numbers, number=written.series)
    elif written.send_at is not None:
        said = terminal.say("staff_broadcast.waits_for_hour", numbers=numbers, at=_local(written.send_at, community))
    else:
        said = terminal.say("staff_broadcast.started", numbers=numbers, number=written.series)
    data = {
        "broadcast": written.series,
        "broadcasts": list(written.numbers),
        "needs_second": written.needs_second,
        "send_at": written.send_at,
    }
    terminal.show(data, said)


def _local(moment: Any, community: Community) -> str:
    return str(moment.astimezone(ZoneInfo(community.timezone)).strftime("%Y-%m-%d %H:%M"))


def _for_machine(found: Outlook) -> dict[str, Any]:
    previews = {code: asdict(one) for code, one in found.previews.items()}
    for one in previews.values():
        one["left_out_people"] = [person._asdict() for person in one["left_out_people"]]
    return {"people": found.people, "price": found.price, "needs_second": found.needs_second, "communities": previews}


def _outlook_lines(terminal: Terminal, found: Outlook, community: Community) -> list[str]:
    lines = [line for code, one in found.previews.items() for line in _preview_lines(terminal, code, one, community)]
    if found.needs_second:
        lines.append(terminal.say("staff_broadcast.large", people=found.people))
    return lines


def _preview_lines(terminal: Terminal, code: str, found: Preview, community: Community) -> list[str]:
    counts = {"people": found.people, "texts": found.texts, "calls": found.calls, "segments": found.segments}
    lines = [terminal.say("staff_broadcast.preview", community=code, **counts)]
    if found.announced:
        lines.append(terminal.say("staff_broadcast.announced", count=found.announced))
    if found.currency:
        lines.append(terminal.say("staff_broadcast.price", price=money(found.price, found.currency)))
    if found.left is not None:
        key = "enough" if found.price <= found.left else "too_dear"
        lines.append(terminal.say(f"staff_broadcast.{key}", left=money(found.left, found.currency)))
    if found.done_at is not None:
        lines.append(terminal.say("staff_broadcast.done_at", at=_local(found.done_at, community)))
    for language, characters in found.costly.items():
        lines.append(terminal.say("staff_broadcast.costly", language=language, characters=" ".join(characters)))
    for reason, count in sorted(found.left_out.items()):
        why = terminal.say(f"staff_broadcast.reason.{reason}")
        lines.append(terminal.say("staff_broadcast.left_out", count=count, reason=why))
        named = [one for one in found.left_out_people if one.reason == reason]
        lines += [f"    {one.name} ({one.code})" for one in named]
    return lines
