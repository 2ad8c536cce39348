"""`xiangyin panel`: plan a draw, fix its list, draw it on public randomness, invite, publish, check."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import click

from gateway.cli.poll import read_closing_time
from gateway.cli.terminal import Terminal, command
from gateway.cli.topic import find_topic
from gateway.kernel.errors import InputError, NotFound
from gateway.panels import actions, inviting, lottery, sources, views
from gateway.panels.model import Attribute, Lot, Panel, PanelDraft, PanelState, PoolRule, Quota, SeatRule, Stratum
from gateway.record.model import moment_text
from gateway.roll import views as roll
from gateway.roll.model import Resident

group = click.Group("panel", help="Panels: representatives by a lottery that anybody can recompute.")

_number = click.argument("number", type=click.IntRange(min=1))
_QUOTA = re.compile(rf"({'|'.join(Attribute)}):([^=]+)=(\d{{0,4}})-(\d{{0,4}})")
_MINUTES = {"m": 1, "h": 60, "d": 1440}
# What strata are called beside the names of groups and bands of age.
LABEL_WORDS = ("female", "male", "other", "unknown", "away", "home", "all")


@command(
    group,
    "pool",
    example='xiangyin panel pool --community shitan --title "Mend the road" --seats 12 --strata group,gender',
)
@click.option("--community", "community_code", required=True, help="Code of the community.")
@click.option("--title", required=True, help="What the panel is about; stands in the invitation.")
@click.option("--seats", required=True, type=click.IntRange(min=1), help="How many people are drawn.")
@click.option("--topic", help="Number of the topic it is drawn for.")
@click.option("--strata", default="", help="group, gender, age, away: one or several with commas between.")
@click.option("--rule", type=click.Choice([str(r) for r in SeatRule]), default="largest", show_default=True)
@click.option("--fixed", multiple=True, help="Seats of a stratum, for --rule fixed: east=3; once for each.")
@click.option(
    "--quota", "quotas", multiple=True, help="gender:female=4-6, age:65+=2-; beside the strata; may be repeated."
)
@click.option("--household-cap", type=click.IntRange(min=0), default=1, show_default=True, help="0: no cap.")
@click.option("--group", "groups", multiple=True, help="Only people of this group; may be repeated.")
@click.option("--min-age", type=click.IntRange(min=0), default=18, show_default=True)
@click.option("--away/--home", "away", default=None, help="Only people away for work, or only those at home.")
@click.option("--notice", default="24h", show_default=True, help="Least time from fixing the list to the randomness.")
@click.option("--answer-within", default=48, show_default=True, help="Hours that an invited person has to answer.")
def pool(terminal: Terminal, community_code: str, title: str, seats: int, **terms: Any) -> None:
    """Plan a draw: who is in the pool, which strata there are, how many seats each has. Fixes nothing yet."""
    topic = find_topic(terminal, terms["topic"]) if terms["topic"] else None
    with terminal.gateway.db.read() as conn:
        community = roll.community_by_code(conn, community_code)
    draft = PanelDraft(
        community_id=community.id,
        title=" ".join(title.split()),
        topic_id=topic.id if topic else None,
        seats=seats,
        strata=_strata(terms["strata"]),
        rule=SeatRule(terms["rule"]),
        fixed=dict(_fixed(text) for text in terms["fixed"]),
        household_cap=terms["household_cap"],
        pool=PoolRule(tuple(terms["groups"]), terms["min_age"], terms["away"]),
        notice_minutes=_minutes(terms["notice"]),
        answer_hours=terms["answer_within"],
        quotas=tuple(_quota(text, seats) for text in terms["quotas"]),
    )
    now = terminal.gateway.ports.clock.now()
    with terminal.gateway.db.work() as tx:
        number = actions.plan_panel(tx, draft, at=now)
        plan = views.plan(tx.connection, number, now)
        tx.commit()
    sentence = terminal.say("staff_panel.planned", panel=number, people=len(plan.people), seats=seats)
    data = {"panel": number, "people": len(plan.people), "seats": seats, "strata": _strata_json(plan.strata)}
    terminal.show(
        data, "\n".join([sentence, *_strata_lines(terminal, plan.strata, seats), *_quota_lines(terminal, draft)])
    )


@command(group, "commit", example="xiangyin panel commit 3 --drand quicknet --at +2d")
@_number
@click.option("--drand", "chain", type=click.Choice(sorted(lottery.CHAINS)), help="A drand chain.")
@click.option("--round", "round_", type=click.IntRange(min=1), help="The round; else the first at or after --at.")
@click.option("--lottery", "name", help="A public lottery and its draw, as the newspaper calls it.")
@click.option("--at", help="2026-12-01T18:00 (the community's time) or +2h, +3d from now.")
def commit(terminal: Terminal, number: int, **source: Any) -> None:
    """Number the pool and put its hash, the seats and the coming randomness on the public record."""
    ports = terminal.gateway.ports
    with ports.db.work() as tx:
        community = roll.community(tx.connection, views.panel(tx.connection, number).draft.community_id)
        moment = read_closing_time(source["at"], community.timezone, ports.clock.now()) if source["at"] else None
        panel = actions.commit_panel(tx, number, _source(source, moment), ports=ports)
        tx.commit()
    terms = _commitment(panel)
    sentence = terminal.say(
        "staff_panel.committed",
        panel=number,
        at=f"{sources.local_time(terms['source']['at'], community.timezone):%Y-%m-%d %H:%M}",
        source=_source_words(terminal, terms["source"]),
        sha256=lottery.sha256(terms),
    )
    terminal.show({"panel": number, "sha256": lottery.sha256(terms), "source": terms["source"]}, sentence)


@command(group, "draw", example="xiangyin panel draw 3 --fetch")
@_number
@click.option("--fetch", is_flag=True, help="Ask a drand server for the round.")
@click.option("--url", default=sources.BEACON_URL, show_default=True, help="The drand server.")
@click.option(
    "--response", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="A kept response of drand."
)
@click.option("--digits", help="The numbers of the lottery: 3 12 15 / 8.")
@click.option("--again", help="The same numbers, typed a second time by the witness.")
@click.option("--witness", help="Code of the resident who watches.")
def draw(terminal: Terminal, number: int, **given: Any) -> None:
    """Draw with the randomness that was announced."""
    response = _response(terminal, number, given)
    now = terminal.gateway.ports.clock.now()
    with terminal.gateway.db.work() as tx:
        if response is not None:
            actions.draw_by_beacon(tx, number, response, at=now)
        elif given["digits"] and given["again"] and given["witness"]:
            typed = actions.LotteryDigits(given["digits"], given["again"], given["witness"])
            actions.draw_by_lottery(tx, number, typed, at=now)
        else:
            raise InputError("panel_randomness_needed")
        tx.commit()
    _show(terminal, number, terminal.say("staff_panel.drawn", panel=number))


def _response(terminal: Terminal, number: int, given: dict[str, Any]) -> dict[str, Any] | None:
    if given["response"] is not None:
        return sources.read_response(given["response"].read_bytes())
    if not given["fetch"]:
        return None
    with terminal.gateway.db.read() as conn:
        panel = views.panel(conn, number)
    source = panel.commitment["source"] if panel.commitment else {}
    if source.get("kind") != "drand":
        raise InputError("panel_randomness_needed")
    click.echo(terminal.say("staff_panel.asking", url=given["url"], round=source["round"]), err=True)
    return sources.fetch_round(source, url=given["url"])


@command(group, "invite", example="xiangyin panel invite 3")
@_number
def invite(terminal: Terminal, number: int) -> None:
    """Invite everybody drawn by text and call; whoever declines or keeps silent is followed by the next."""
    gateway = terminal.gateway
    with gateway.db.work() as tx:
        count = inviting.invite(tx, number, at=gateway.ports.clock.now(), wording=gateway.wording)
        tx.commit()
    terminal.show({"panel": number, "invited": count}, terminal.say("staff_panel.invited", count=count))


@command(group, "answer", example="xiangyin panel answer 3 --resident 10231 --accept")
@_number
@click.option("--resident", "code", required=True, help="The resident's code.")
@click.option("--accept/--decline", "accepts", required=True, help="What this person said at the desk.")
def answer(terminal: Terminal, number: int, code: str, *, accepts: bool) -> None:
    """Enter the answer that an invited person gave at the desk."""
    gateway = terminal.gateway
    with gateway.db.work() as tx:
        resident = _resident(tx.connection, number, code)
        state = inviting.answer(tx, number, resident.id, accepts, at=gateway.ports.clock.now(), wording=gateway.wording)
        lot = views.lot_of(tx.connection, number, resident.id)
        tx.commit()
    assert lot is not None
    words = terminal.say("staff_panel.answered", lot=lot.number, state=terminal.say(f"staff_panel.lot.{state}"))
    terminal.show({"panel": number, "lot": lot.number, "state": state}, words)


@command(group, "slip", example="xiangyin panel slip 3 --resident 10231")
@_number
@click.option("--resident", "code", required=True, help="The resident's code.")
def slip(terminal: Terminal, number: int, code: str) -> None:
    """The number of a person in the pool, and the slip that proves it; for that person alone."""
    with terminal.gateway.db.read() as conn:
        resident = _resident(conn, number, code)
        lot = views.lot_of(conn, number, resident.id)
    if lot is None:
        raise NotFound("resident_unknown")
    secret_slip = actions.slip_of(number, resident.id, secret=terminal.gateway.ports.secret)
    seal = actions.seal_of(number, lot.number, code, secret_slip)
    data = {"panel": number, "lot": lot.number, "slip": secret_slip, "seal": seal}
    terminal.show(data, terminal.say("staff_panel.slip", panel=number, lot=lot.number, slip=secret_slip, seal=seal))


@command(group, "publish", example="xiangyin panel publish 3 --output panel-3.json")
@_number
@click.option("--output", type=click.Path(dir_okay=False, path_type=Path), required=True, help="The file to write.")
def publish(terminal: Terminal, number: int, *, output: Path) -> None:
    """Write the file by which anybody can recompute the panel."""
    with terminal.gateway.db.read() as conn:
        file = views.published(conn, number)
    output.write_text(json.dumps(file, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    data = {"panel": number, "file": str(output)}
    terminal.show(data, terminal.say("staff_panel.published", file=str(output)))


@command(group, "verify", example="xiangyin panel verify panel-3.json")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--record", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="An export of the record.")
def verify(terminal: Terminal, file: Path, *, record: Path | None) -> None:
    """Recompute a published panel from its file alone (the same as `python3 lottery.py FILE [RECORD]`)."""
    try:
        published = json.loads(file.read_bytes())
        entries = record.read_text(encoding="utf-8").splitlines() if record else None
    except ValueError:
        raise InputError("panel_file_unreadable") from None
    found = lottery.verify(published, entries)
    holds = False not in found.values()
    lines = [_check_line(terminal, name, result) for name, result in found.items()]
    lines.append(terminal.say("staff_panel.verified" if holds else "staff_panel.not_verified"))
    terminal.show({"holds": holds, "checks": found}, "\n".join(lines + _compare(terminal, published)))
    if not holds:
        raise SystemExit(1)


def _check_line(terminal: Terminal, name: str, result: bool | None) -> str:
    verdict = {True: "holds", False: "fails", None: "unknown"}[result]
    return f"{terminal.say(f'staff_panel.verdict.{verdict}')}  {terminal.say(f'staff_panel.check.{name}')}"


def _compare(terminal: Terminal, file: Any) -> list[str]:
    try:
        entry, source = file["committed"], file["commitment"]["source"]
        lines = [terminal.say("staff_panel.compare_record", seq=entry["seq"], leaf_hash=entry["leaf_hash"])]
        if source["kind"] == "drand":
            told = {"chain_hash": source["chain_hash"], "round": source["round"]}
            lines.append(terminal.say("staff_panel.compare_beacon", **told))
    except (KeyError, TypeError):
        return []
    return lines


@command(group, "show", example="xiangyin panel show 3")
@_number
def show(terminal: Terminal, number: int) -> None:
    """A panel's strata and, once drawn, its numbers in order and what became of each."""
    with terminal.gateway.db.read() as conn:
        panel = views.panel(conn, number)
    _show(terminal, number, _line(terminal, panel))


@command(group, "list", example="xiangyin panel list --community shitan")
@click.option("--community", "community_code", help="Only the panels of this community.")
def list_(terminal: Terminal, community_code: str | None) -> None:
    """The panels, by number."""
    with terminal.gateway.db.read() as conn:
        community = roll.community_by_code(conn, community_code) if community_code else None
        found = views.panels(conn, community.id if community else None)
    lines = [_line(terminal, panel) for panel in found] or [terminal.say("staff_panel.none")]
    terminal.show([_panel_json(panel) for panel in found], "\n".join(lines))


def _show(terminal: Terminal, number: int, heading: str) -> None:
    with terminal.gateway.db.read() as conn:
        panel = views.panel(conn, number)
        if panel.state is PanelState.DRAFT:
            strata: Sequence[Stratum] = views.plan(conn, number, terminal.gateway.ports.clock.now()).strata
        else:
            strata = [Stratum(one["label"], one["people"], one["seats"]) for one in _commitment(panel)["strata"]]
        lots = [lot for lot in views.lots(conn, number) if lot.place is not None]
    lines = [heading, *_strata_lines(terminal, strata, panel.draft.seats), *_quota_lines(terminal, panel.draft)]
    lines += [_lot_line(terminal, lot, strata) for lot in lots]
    data = _panel_json(panel) | {"strata": _strata_json(strata), "lots": [_lot_json(lot) for lot in lots]}
    terminal.show(data, "\n".join(lines))


def _lot_line(terminal: Terminal, lot: Lot, strata: Sequence[Stratum]) -> str:
    state = terminal.say(f"staff_panel.lot.{lot.state}")
    label = _label(terminal, strata[lot.stratum].label)
    return terminal.say("staff_panel.seat", place=lot.place or 0, lot=lot.number, label=label, state=state)


def _lot_json(lot: Lot) -> dict[str, Any]:
    return {"lot": lot.number, "place": lot.place, "stratum": lot.stratum, "state": lot.state}


def _line(terminal: Terminal, panel: Panel) -> str:
    state = terminal.say(f"staff_panel.state.{panel.state}")
    return terminal.say(
        "staff_panel.line", panel=panel.number, state=state, seats=panel.draft.seats, title=panel.draft.title
    )


def _panel_json(panel: Panel) -> dict[str, Any]:
    return {
        "panel": panel.number,
        "state": panel.state,
        "title": panel.draft.title,
        "seats": panel.draft.seats,
        "committed_at": moment_text(panel.committed_at) if panel.committed_at else None,
        "drawn_at": moment_text(panel.drawn_at) if panel.drawn_at else None,
    }


def _quota_lines(terminal: Terminal, draft: PanelDraft) -> list[str]:
    return [
        terminal.say("staff_panel.quota", value=_label(terminal, one.value), least=one.least, most=one.most)
        for one in draft.quotas
    ]


def _strata_lines(terminal: Terminal, strata: Sequence[Stratum], seats: int) -> list[str]:
    """A line for each stratum, and one for the seats that are still to be drawn among them."""
    lines = [
        terminal.say("staff_panel.stratum", label=_label(terminal, one.label), people=one.people, seats=one.seats)
        for one in strata
    ]
    rest = seats - sum(one.seats for one in strata)
    return [*lines, terminal.say("staff_panel.rest", seats=rest)] if rest else lines


def _label(terminal: Terminal, label: str) -> str:
    """A stratum's label in the language of the command line; groups keep the names that the roll gives them."""
    parts = label.split("/")
    known = [part if part not in LABEL_WORDS else terminal.say(f"staff_panel.label.{part}") for part in parts]
    return "/".join(known)


def _strata_json(strata: Sequence[Stratum]) -> list[dict[str, Any]]:
    return [{"label": one.label, "people": one.people, "seats": one.seats} for one in strata]


def _strata(text: str) -> tuple[Attribute, ...]:
    names = [name.strip() for name in text.split(",") if name.strip()]
    if len(set(names)) < len(names) or not set(names) <= {str(one) for one in Attribute}:
        raise InputError("panel_strata_unreadable")
    return tuple(Attribute(name) for name in names)


def _fixed(text: str) -> tuple[str, int]:
    label, _, seats = text.rpartition("=")
    if not label or not seats.strip().isdecimal():
        raise InputError("panel_fixed_unreadable")
    return label.strip(), int(seats)


def _quota(text: str, seats: int) -> Quota:
    """`gender:female=4-6`; without a least or a most: `-6`, `4-`."""
    found = _QUOTA.fullmatch(text.strip())
    if found is None:
        raise InputError("panel_quota_unreadable")
    name, value, least, most = found.groups()
    return Quota(Attribute(name), value, int(least or 0), int(most or seats))


def _minutes(text: str) -> int:
    if text[-1:] not in _MINUTES or not text[:-1].isdecimal():
        raise InputError("panel_notice_wrong", least=10)
    return int(text[:-1]) * _MINUTES[text[-1]]


def _source(given: dict[str, Any], moment: datetime | None) -> sources.Source:
    if given["chain"] and given["round_"]:
        return sources.drand_round(given["chain"], given["round_"])
    if given["chain"] and moment:
        return sources.drand_at(given["chain"], moment)
    if given["name"] and moment:
        return sources.lottery_draw(given["name"], moment)
    raise InputError("panel_source_needed")


def _source_words(terminal: Terminal, source: dict[str, Any]) -> str:
    if source["kind"] == "drand":
        return terminal.say("staff_panel.source.drand", chain=source["chain"], round=source["round"])
    return terminal.say("staff_panel.source.lottery", name=source["name"])


def _commitment(panel: Panel) -> Any:
    assert panel.commitment is not None
    return panel.commitment


def _resident(conn: Any, number: int, code: str) -> Resident:
    resident = roll.resident_by_code(conn, views.panel(conn, number).draft.community_id, code)
    if resident is None:
        raise NotFound("resident_unknown")
    return resident
