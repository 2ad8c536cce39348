"""`xiangyin broadcast`: notices to a whole community, and how every broadcast stands."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any
from zoneinfo import ZoneInfo

import click
from sqlalchemy.engine import Connection

from gateway.cli.terminal import Terminal, command
from gateway.kernel.errors import InputError
from gateway.kernel.languages import parse_language
from gateway.messaging import actions, views
from gateway.messaging.model import BroadcastDraft, Preview, Progress, StillTrying, Waiting
from gateway.roll import views as roll
from gateway.roll.model import Community

group = click.Group("broadcast", help="Messages to many people, and how they stand.")

_COMMUNITY = click.option("--community", "code", required=True, help="Code of the community.")
_WORDS = click.option("--words", required=True, multiple=True, help="What to say: WORDS, or LANGUAGE=WORDS for each.")
_NO_CALLS = click.option("--no-calls", is_flag=True, help="Call nobody, not even who cannot be reached by text.")
_NUMBER = click.argument("number", type=int)


@command(group, "preview", example='xiangyin broadcast preview --community qingshan --words "No water tomorrow"')
@_COMMUNITY
@_WORDS
@_NO_CALLS
def preview(terminal: Terminal, code: str, words: tuple[str, ...], no_calls: bool) -> None:
    """Show what a notice would do: people, segments, and who would not get it and why. Nothing is sent."""
    with terminal.gateway.db.read() as conn:
        community = roll.community_by_code(conn, code)
        everybody = roll.community_resident_ids(conn, community.id)
        found = views.preview(conn, _draft(terminal, community, everybody, words, no_calls))
    terminal.show(asdict(found), _preview_text(terminal, found))


@command(group, "send", example='xiangyin broadcast send --community qingshan --words "en=No water tomorrow"')
@_COMMUNITY
@_WORDS
@_NO_CALLS
def send(terminal: Terminal, code: str, words: tuple[str, ...], no_calls: bool) -> None:
    """Send a notice to everybody in a community, by text or call as each prefers, within the community's hours."""
    gateway = terminal.gateway
    with gateway.db.work() as tx:
        community = roll.community_by_code(tx.connection, code)
        everybody = roll.community_resident_ids(tx.connection, community.id)
        draft = _draft(terminal, community, everybody, words, no_calls)
        number = actions.start_broadcast(tx, draft, at=gateway.ports.clock.now())
        tx.commit()
    terminal.show({"broadcast": number}, terminal.say("staff_broadcast.started", number=number))


@command(group, "progress", example="xiangyin broadcast progress 12")
@_NUMBER
def progress(terminal: Terminal, number: int) -> None:
    """Show how a broadcast stands and whom it did not reach."""
    with terminal.gateway.db.read() as conn:
        found, trying = views.progress(conn, number), views.still_trying(conn, number)
        later = views.held_until(conn, number, now=terminal.gateway.ports.clock.now())
        zone = _zone_of(conn, number)
    people = [person._asdict() for person in found.unreached_people]
    waiting = [person._asdict() for person in trying]
    lines = [_progress_text(terminal, found), *(_later_text(terminal, one, zone) for one in later)]
    lines += [_trying_text(terminal, person, zone) for person in trying]
    data = {"unreached_people": people, "still_trying": waiting, "later": [one._asdict() for one in later]}
    terminal.show(asdict(found) | data, "\n".join(lines))


@command(group, "list", example="xiangyin broadcast list --community qingshan")
@click.option("--community", "code", help="Only those of this community.")
def list_all(terminal: Terminal, code: str | None) -> None:
    """List broadcasts, newest first."""
    with terminal.gateway.db.read() as conn:
        community_id = roll.community_by_code(conn, code).id if code else None
        found = views.broadcasts(conn, community_id)
    lines = [
        terminal.say(
            "staff_broadcast.line",
            number=one.id,
            at=one.started_at.strftime("%Y-%m-%d %H:%M"),
            kind=one.kind,
            subject=one.subject,
            state=terminal.say(f"staff_broadcast.state.{one.state}"),
        )
        for one in found
    ]
    terminal.show([asdict(one) for one in found], "\n".join(lines) or terminal.say("staff_broadcast.none"))


@command(group, "pause", example="xiangyin broadcast pause 12")
@_NUMBER
def pause(terminal: Terminal, number: int) -> None:
    """Send nothing more of a broadcast until it is resumed."""
    _change(terminal, number, actions.pause, "paused")


@command(group, "resume", example="xiangyin broadcast resume 12")
@_NUMBER
def resume(terminal: Terminal, number: int) -> None:
    """Go on with a paused broadcast."""
    _change(terminal, number, actions.resume, "resumed")


@command(group, "abort", example="xiangyin broadcast abort 12")
@_NUMBER
def abort(terminal: Terminal, number: int) -> None:
    """Give up what has not gone out of a broadcast; this cannot be undone."""
    _change(terminal, number, actions.abort, "aborted")


def _change(terminal: Terminal, number: int, action: Any, outcome: str) -> None:
    with terminal.gateway.db.work() as tx:
        action(tx, number)
        tx.commit()
    terminal.show({"broadcast": number, "state": outcome}, terminal.say(f"staff_broadcast.{outcome}", number=number))


def _draft(
    terminal: Terminal, community: Community, audience: list[int], words: tuple[str, ...], no_calls: bool
) -> BroadcastDraft:
    spoken = dict(_read_words(one, community.languages[0]) for one in words)
    if not all(spoken.values()):
        raise InputError("broadcast_empty")
    wording = terminal.gateway.wording
    texts, calls = (
        {
            language: wording.say(f"broadcast.{key}", language, village=community.name, words=said)
            for language, said in spoken.items()
        }
        for key in ("notice", "notice_call")
    )
    return BroadcastDraft(community.id, "notice", "", texts, {} if no_calls else calls, audience)


def _read_words(text: str, default: str) -> tuple[str, str]:
    """`en=No water` → ("en", "No water"); words without a language are in the community's own."""
    language, separator, words = text.partition("=")
    if separator and 2 <= len(language) <= 3 and language.isascii() and language.isalpha():  # noqa: PLR2004
        return parse_language(language), words.strip()
    return default, text.strip()


def _preview_text(terminal: Terminal, found: Preview) -> str:
    counts = {"people": found.people, "texts": found.texts, "calls": found.calls, "segments": found.segments}
    left_out = [
        terminal.say("staff_broadcast.left_out", count=count, reason=_reason(terminal, reason))
        for reason, count in sorted(found.left_out.items())
    ]
    return "\n".join([terminal.say("staff_broadcast.preview", **counts), *left_out])


def _progress_text(terminal: Terminal, found: Progress) -> str:
    head = terminal.say(
        "staff_broadcast.progress",
        number=found.broadcast_id,
        state=terminal.say(f"staff_broadcast.state.{found.state}"),
        total=found.total,
        delivered=found.delivered,
        under_way=found.under_way,
        unreached=found.unreached,
        held=found.held,
    )
    people = [
        terminal.say("staff_broadcast.unreached", name=one.name, code=one.code, reason=_reason(terminal, one.reason))
        for one in found.unreached_people
    ]
    return "\n".join([head, *people])


def _reason(terminal: Terminal, reason: str) -> str:
    return terminal.say(f"staff_broadcast.reason.{reason}")


def _zone_of(conn: Connection, number: int) -> ZoneInfo:
    community_id = next(one.community_id for one in views.broadcasts(conn) if one.id == number)
    return ZoneInfo(roll.community(conn, community_id).timezone)


def _later_text(terminal: Terminal, one: Waiting, zone: ZoneInfo) -> str:
    until = one.until.astimezone(zone).strftime("%Y-%m-%d %H:%M")
    return terminal.say(f"staff_broadcast.later.{one.channel}", count=one.people, until=until)


def _trying_text(terminal: Terminal, person: StillTrying, zone: ZoneInfo) -> str:
    why = terminal.say(f"staff_broadcast.outcome.{person.outcome}")
    at = person.next_at.astimezone(zone).strftime("%Y-%m-%d %H:%M") if person.next_at else "…"
    return terminal.say("staff_broadcast.still_trying", name=person.name, code=person.code, why=why, at=at)
