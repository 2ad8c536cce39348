"""`xiangyin roll`: the roll of a community, entered from a file and changed only with a reason."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, replace
from datetime import timedelta
from pathlib import Path

import click
from sqlalchemy.engine import Connection

from gateway.cli.terminal import Terminal, command
from gateway.erasure import actions as erasure
from gateway.kernel.db import UnitOfWork
from gateway.kernel.errors import InputError, NotFound
from gateway.kernel.phones import region_of
from gateway.overview import views as overview
from gateway.overview.model import Cell
from gateway.record.actions import append
from gateway.roll import actions, views
from gateway.roll.entering import ImportReport, find_clashes, give_pins
from gateway.roll.explaining import explain_problem
from gateway.roll.importing import ParsedRoll, Problem, parse_roll
from gateway.roll.model import ChangeKind, Community, Resident

group = click.Group("roll", help="The roll of a community: who may take part.")
BY = "command line"
# More of one kind tell an operator nothing new.
SHOWN_OF_A_KIND = 20

_community = click.option("--community", "community_code", required=True, help="Code of the community.")
_reason = click.option("--reason", required=True, help="Why; kept with the roll.")


@command(group, "import", example="xiangyin roll import residents.csv --community shitan")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@_community
@click.option("--dry-run", is_flag=True, help="Check everything and enter nothing.")
@click.option("--guests", is_flag=True, help="The people in this file are guests: they take part and have no vote.")
def import_file(terminal: Terminal, file: Path, community_code: str, *, dry_run: bool, guests: bool) -> None:
    """Enter the people of a CSV file; codes and PINs that are not in it are made and listed once."""
    ports = terminal.gateway.ports
    with ports.db.read() as conn:
        community = views.community_by_code(conn, community_code)
    region = region_of(community.line) if community.line else None
    parsed = parse_roll(file.read_bytes(), region=region, this_year=ports.clock.now().year)
    _refuse_problems(terminal, community, parsed)
    with terminal.progress(parsed.rows, terminal.say("staff_roll.making_pins")) as rows:
        parsed = replace(parsed, rows=give_pins(rows, randomness=ports.randomness, secret=ports.secret))
    with ports.db.work() as tx:
        report = actions.import_roll(
            tx, community.id, parsed, randomness=ports.randomness, secret=ports.secret, guests=guests
        )
        _note_import(tx, terminal, community, report, file.name)
        if not dry_run:
            tx.commit()
    _show_report(terminal, replace(report, made=()) if dry_run else report, dry_run=dry_run)


def _refuse_problems(terminal: Terminal, community: Community, parsed: ParsedRoll) -> None:
    with terminal.gateway.db.read() as conn:
        problems = [*parsed.problems, *find_clashes(conn, community.id, parsed)]
    if not problems:
        return
    if terminal.as_json:
        terminal.show({"added": 0, "problems": _for_machines(terminal, problems)}, "")
    for problem in problems:
        click.echo(_explain(terminal, problem), err=True)
    raise InputError("roll_has_problems", count=len(problems))


def _note_import(
    tx: UnitOfWork, terminal: Terminal, community: Community, report: ImportReport, file_name: str
) -> None:
    at = terminal.gateway.ports.clock.now()
    actions.note_change(tx, community.id, ChangeKind.IMPORT, reason=file_name, by=BY, at=at)
    size = views.roll_size(tx.connection, community.id)
    append(tx, "roll.imported", f"community:{community.code}", {"added": report.added, "size": size}, at=at)


def _show_report(terminal: Terminal, report: ImportReport, *, dry_run: bool) -> None:
    key = "staff_roll.would_import" if dry_run else "staff_roll.imported"
    lines = [terminal.say(key, count=report.added), *_few_of_each(terminal, report.warnings)]
    if report.made:
        lines += ["", terminal.say("staff_roll.made")]
        lines += [f"{made.code}\t{made.pin}\t{made.name}" for made in report.made]
    data = {
        "added": report.added,
        "dry_run": dry_run,
        "made": [asdict(made) for made in report.made],
        "warnings": _for_machines(terminal, report.warnings),
    }
    terminal.show(data, "\n".join(lines))


def _few_of_each(terminal: Terminal, warnings: Sequence[Problem]) -> list[str]:
    lines: list[str] = []
    shown: Counter[str] = Counter()
    for warning in warnings:
        shown[warning.code] += 1
        if shown[warning.code] <= SHOWN_OF_A_KIND:
            lines.append(_explain(terminal, warning))
    hidden = sum(max(0, count - SHOWN_OF_A_KIND) for count in shown.values())
    return [*lines, terminal.say("staff_roll.more_warnings", count=hidden)] if hidden else lines


def _for_machines(terminal: Terminal, problems: Sequence[Problem]) -> list[dict[str, object]]:
    return [{"line": p.line, "column": p.column, "code": p.code, "message": _explain(terminal, p)} for p in problems]


def _explain(terminal: Terminal, problem: Problem) -> str:
    return explain_problem(problem, terminal.gateway.wording, terminal.settings.language)


@command(group, "list", example="xiangyin roll list --community shitan")
@_community
def list_people(terminal: Terminal, community_code: str) -> None:
    """Show everybody on the roll, without numbers."""
    with terminal.gateway.db.read() as conn:
        community = views.community_by_code(conn, community_code)
        people = views.residents(conn, community.id)
    lines = [f"{p.code}\t{p.name}\t{p.household}\t{p.group}" for p in people]
    data = [_for_machine(person) for person in people]
    terminal.show(data, "\n".join([*lines, terminal.say("staff_roll.people", count=len(people))]))


@command(group, "missing", example="xiangyin roll missing --community shitan --days 365")
@_community
@click.option(
    "--days", type=click.IntRange(1, 3650), default=365, show_default=True, help="Reached within so many days."
)
def missing(terminal: Terminal, community_code: str, *, days: int) -> None:
    """Who is missing: counts by kinds of people, small kinds kept back, and everybody whom nothing has ever reached."""
    now = terminal.gateway.ports.clock.now()
    with terminal.gateway.db.read() as conn:
        community = views.community_by_code(conn, community_code)
        counts = overview.missing(conn, community, now, span=timedelta(days=days))
        unheard = overview.never_reached(conn, community)
    lines = [terminal.say("staff_roll.missing.people", count=counts.people, days=days)]
    for name, cells in counts.kinds():
        lines += ["", terminal.say(f"staff_roll.missing.{name}"), *(_cell_line(terminal, one) for one in cells)]
    lines += ["", terminal.say("staff_roll.missing.never", count=len(unheard))]
    lines += [
        "\t".join((one.code, one.name, one.household, one.group, "+" if one.has_phone else "-")) for one in unheard
    ]
    kinds = {name: [asdict(one) for one in cells] for name, cells in counts.kinds()}
    data = {"people": counts.people, **kinds, "never_reached": [asdict(one) for one in unheard]}
    terminal.show(data, "\n".join(lines))


def _cell_line(terminal: Terminal, cell: Cell) -> str:
    key = f"staff_roll.missing.kinds.{cell.name}_people"
    name = terminal.say(key) if terminal.gateway.wording.has(key) else cell.name or "-"
    reached, took_part = ("…" if count is None else str(count) for count in (cell.reached, cell.took_part))
    return f"{name}\t{cell.people}\t{reached}\t{took_part}"


@command(group, "show", example="xiangyin roll show 20475 --community shitan")
@click.argument("code")
@_community
def show(terminal: Terminal, code: str, community_code: str) -> None:
    """Show one person; their numbers are masked."""
    with terminal.gateway.db.read() as conn:
        person = _find(views.community_by_code(conn, community_code), code, conn=conn)
        details = views.resident_details(conn, person.id)
    data = _for_machine(person) | {
        "phones": [number.masked for number in details.phones],
        "gender": details.gender,
        "birth_year": details.birth_year,
        "away": details.away,
        "consent": details.consent,
        "pin_locked": details.pin_locked,
    }
    terminal.show(data, "\n".join(f"{name}: {_plain(value)}" for name, value in data.items()))


@command(group, "remove", example='xiangyin roll remove 20475 --community shitan --reason "moved away"')
@click.argument("code")
@_community
@_reason
def remove(terminal: Terminal, code: str, community_code: str, reason: str) -> None:
    """Take a person off the roll; their code is never given again."""
    at = terminal.gateway.ports.clock.now()
    with terminal.gateway.db.work() as tx:
        community = views.community_by_code(tx.connection, community_code)
        person = _find(community, code, conn=tx.connection)
        actions.remove_resident(tx, person.id, reason=reason, by=BY, at=at)
        size = views.roll_size(tx.connection, community.id)
        append(tx, "roll.removed", f"community:{community.code}", {"removed": 1, "size": size}, at=at)
        tx.commit()
    terminal.show({"removed": code}, terminal.say("staff_roll.removed", code=code))


@command(group, "erase", example='xiangyin roll erase 20475 --community shitan --reason "asked for it in writing"')
@click.argument("code")
@_community
@click.option("--reason", required=True, help="Why; kept, and may not name the person.")
@click.option("--dry-run", is_flag=True, help="Only say what would be erased.")
def erase(terminal: Terminal, code: str, community_code: str, reason: str, *, dry_run: bool) -> None:
    """Forget everything about a person, on the roll or removed before. This cannot be undone.

    Afterwards `xiangyin db compact` writes the database anew, so that nothing is left in its files either.
    """
    ports = terminal.gateway.ports
    with ports.db.read() as conn:
        community = views.community_by_code(conn, community_code)
        resident_id = views.everybody_ever(conn, community.id).get(code)
        if resident_id is None:
            raise NotFound("resident_unknown")
        found = erasure.what_there_is(conn, resident_id)
    if not dry_run:
        erasure.note_erased(ports, community.code, code, resident_id)
        with ports.db.work() as tx:
            erasure.erase_resident(tx, resident_id, reason=reason, by=BY, at=ports.clock.now())
            tx.commit()
        erasure.clean_up(ports, terminal.settings.data_dir / "recordings")
    key = "staff_roll.would_erase" if dry_run else "staff_roll.erased"
    terminal.show({"code": code, "dry_run": dry_run, **found}, terminal.say(key, code=code, **found))


@command(group, "reset-pin", example='xiangyin roll reset-pin 20475 --community shitan --reason "forgotten"')
@click.argument("code")
@_community
@_reason
def reset_pin(terminal: Terminal, code: str, community_code: str, reason: str) -> None:
    """Make a new PIN for a person and unlock it; it is shown once."""
    ports = terminal.gateway.ports
    with ports.db.work() as tx:
        community = views.community_by_code(tx.connection, community_code)
        person = _find(community, code, conn=tx.connection)
        pin = actions.reset_pin(tx, person.id, randomness=ports.randomness, secret=ports.secret)
        at = ports.clock.now()
        actions.note_change(tx, community.id, ChangeKind.RESET_PIN, resident_id=person.id, reason=reason, by=BY, at=at)
        tx.commit()
    terminal.show({"code": code, "pin": pin}, terminal.say("staff_roll.pin_reset", code=code, pin=pin))


def _find(community: Community, code: str, *, conn: Connection) -> Resident:
    person = views.resident_by_code(conn, community.id, code)
    if person is None:
        raise NotFound("resident_unknown")
    return person


def _for_machine(person: Resident) -> dict[str, object]:
    return {
        "code": person.code,
        "name": person.name,
        "household": person.household,
        "group": person.group,
        "language": person.language,
        "channel": person.channel,
        "stopped": person.stopped,
        "has_pin": person.has_pin,
        "guest": person.is_guest,
    }


def _plain(value: object) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)
