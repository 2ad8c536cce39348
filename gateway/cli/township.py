"""`xiangyin township`: what the level above asks of its communities' residents, and its month."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import click

from gateway.cli.poll import read_closing_time
from gateway.cli.terminal import Terminal, command
from gateway.kernel.errors import InputError, NotFound
from gateway.record.model import moment_text
from gateway.roll import views as roll
from gateway.roll.audience import with_children
from gateway.township import consulting, digest, views
from gateway.township.model import Consultation, ConsultationDraft

group = click.Group("township", help="The level above: consultations of many communities, and the digest of a month.")
_community = click.option("--community", "community_code", required=True, help="Code of the community above.")
_number = click.argument("number", type=click.IntRange(min=1))


@command(
    group,
    "ask",
    example='xiangyin township ask --community shizhen --question "Market?" --option Yes --option No --closes +7d',
)
@_community
@click.option("--of", "codes", multiple=True, help="Code of a community to ask; without it all that lie below.")
@click.option("--question", "questions", multiple=True, required=True, help="TEXT, or LANGUAGE=TEXT for each language.")
@click.option("--option", "options", multiple=True, required=True, help="TEXT, or LANGUAGE=A|B|C for each language.")
@click.option("--closes", required=True, help="2026-12-31T18:00 (the community's time) or +7d from now.")
def ask(terminal: Terminal, community_code: str, *, codes: tuple[str, ...], **given: Any) -> None:
    """Ask everybody with a vote in each community, by text and call; nothing is decided by it."""
    gateway = terminal.gateway
    now = gateway.ports.clock.now()
    with gateway.db.work() as tx:
        own = roll.community_by_code(tx.connection, community_code)
        below = [one for one in with_children(tx.connection, own) if one.id != own.id]
        chosen = [roll.community_by_code(tx.connection, one) for one in codes] or below
        draft = ConsultationDraft(
            community_id=own.id,
            places=tuple(one.id for one in chosen),
            question=_by_language(given["questions"], own.languages[0]),
            options=_options(given["options"], own.languages[0]),
            closes_at=read_closing_time(given["closes"], own.timezone, now),
        )
        made = consulting.ask(tx, draft, at=now, wording=gateway.wording)
        tx.commit()
    terminal.show(_json(made), terminal.say("staff_township.asked", consultation=made.number, places=len(made.places)))


@command(group, "close", example="xiangyin township close 3")
@_number
def close(terminal: Terminal, number: int) -> None:
    """Count it now instead of at its time, and tell everybody who was asked."""
    gateway = terminal.gateway
    with gateway.db.work() as tx:
        done = consulting.close(tx, number, at=gateway.ports.clock.now(), wording=gateway.wording)
        tx.commit()
    _show(terminal, done)


@command(group, "result", example="xiangyin township result 3")
@_number
def result(terminal: Terminal, number: int) -> None:
    """Show how a consultation stands; counts come once it is over, small ones not at all."""
    with terminal.gateway.db.read() as conn:
        found = views.consultation(conn, number)
    _show(terminal, found)


@command(group, "digest", example="xiangyin township digest --community shizhen --month 2026-11")
@_community
@click.option("--month", required=True, help="2026-11")
@click.option("--fresh", is_flag=True, help="As it stands now, also for a month that is not over.")
def digest_(terminal: Terminal, community_code: str, *, month: str, fresh: bool) -> None:
    """Print a month's digest: in words, or with `--json` for machines."""
    gateway = terminal.gateway
    _check_month(month)
    with gateway.db.read() as conn:
        community = roll.community_by_code(conn, community_code)
        kept = None if fresh else views.digest(conn, community.id, month)
        if kept is None and not fresh:
            raise NotFound("digest_unknown", month=month)
        data = kept[0] if kept else digest.compile_month(conn, community, month, gateway.ports.clock.now())
        language = terminal.settings.language
        text = kept[1] if kept else digest.in_words(conn, data, community, language, wording=gateway.wording)
    terminal.show(data, text)


def _check_month(month: str) -> None:
    year, _, number = month.partition("-")
    if not (year.isdigit() and number.isdigit() and 1 <= int(number) <= 12):  # noqa: PLR2004
        raise InputError("month_unreadable")


def _by_language(words: tuple[str, ...], own: str) -> dict[str, str]:
    return {language if sign else own: text if sign else language for language, sign, text in _parts(words)}


def _options(words: tuple[str, ...], own: str) -> dict[str, tuple[str, ...]]:
    if not any("=" in one for one in words):
        return {own: words}
    return {language: tuple(text.split("|")) for language, _, text in _parts(words)}


def _parts(words: tuple[str, ...]) -> list[tuple[str, str, str]]:
    return [entry.partition("=") for entry in words]


def _show(terminal: Terminal, found: Consultation) -> None:
    question, options = found.words(terminal.settings.language)
    lines = [terminal.say("staff_township.consultation", consultation=found.number, question=question)]
    if found.result is None:
        lines.append(terminal.say(f"staff_township.{found.state}"))
    else:
        lines.append(_line(terminal, "", found.result, options))
        lines += [_line(terminal, code, one, options) for code, one in found.result["places"].items()]
    terminal.show(_json(found), "\n".join(lines))


def _line(terminal: Terminal, code: str, one: Mapping[str, Any], options: list[str]) -> str:
    counts = one["counts"]
    said = "  ".join(f"{o} {n}" for o, n in zip(options, counts, strict=True)) if counts else None
    return terminal.say(
        "staff_township.counts",
        place=code or terminal.say("staff_township.overall"),
        asked=one["asked"],
        answered=one["answered"],
        counts=said or terminal.say("staff_township.withheld"),
    )


def _json(found: Consultation) -> dict[str, Any]:
    return {
        "consultation": found.number,
        "question": dict(found.question),
        "options": {language: list(options) for language, options in found.options.items()},
        "closes_at": moment_text(found.closes_at),
        "state": found.state,
        "result": found.result,
    }
