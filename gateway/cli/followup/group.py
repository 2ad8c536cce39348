"""The group `xiangyin followup`, and how its commands read days, people and words."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import click
from sqlalchemy.engine import Connection

from gateway.cli.poll import read_closing_time
from gateway.cli.terminal import Terminal
from gateway.followup.model import Bearer, MilestoneDraft, Responsible
from gateway.kernel.errors import InputError, NotFound
from gateway.roll import views as roll
from gateway.roll.audience import with_children
from gateway.roll.model import Community

group = click.Group("followup", help="Follow-up: plans, milestones, updates, and whether it was really done.")
community_option = click.option("--community", "community_code", help="Only this community.")
MILESTONE_HELP = '"DAY;WHO;WORDS": WHO is office:NAME, staff:ACCOUNT or guest:CODE. May be repeated, in order.'


def read_words(words: tuple[str, ...], community: Community) -> dict[str, str]:
    """`LANGUAGE=TEXT` entries, or one text in the community's own language. InputError("words_without_language")."""
    if len(words) == 1 and "=" not in words[0]:
        return {community.languages[0]: words[0]}
    parts = [entry.partition("=") for entry in words]
    if not all(sign for _, sign, _ in parts):
        raise InputError("words_without_language")
    return {language.strip(): text for language, _, text in parts}


def read_milestone(conn: Connection, text: str, community: Community, now: datetime) -> MilestoneDraft:
    """`+14d;office:Water works;Change the railing`. InputError("milestone_unreadable", …)."""
    day, _, rest = text.partition(";")
    who, _, words = rest.partition(";")
    if not words:
        raise InputError("milestone_unreadable")
    due_at = read_closing_time(day.strip(), community.timezone, now)
    spoken = tuple(part for part in words.split("|") if part.strip())
    return MilestoneDraft(read_words(spoken, community), due_at, read_responsible(conn, who, community))


def read_responsible(conn: Connection, text: str, community: Community) -> Responsible:
    """`office:NAME`, `staff:ACCOUNT`, `guest:CODE`. InputError("responsible_unreadable"), NotFound(…)."""
    kind, _, name = (part.strip() for part in text.partition(":"))
    if kind not in tuple(Bearer) or not name:
        raise InputError("responsible_unreadable")
    if kind != Bearer.GUEST:
        return Responsible(Bearer(kind), name)
    return Responsible(Bearer.GUEST, guest_id=find_guest(conn, name, community))


def find_guest(conn: Connection, code: str, community: Community) -> int:
    """A guest of the community, or of the one above, by code. NotFound("responsible_unknown")."""
    places = [one for one in (community.id, community.parent_id) if one is not None]
    found = (roll.resident_by_code(conn, place, code) for place in places)
    guest = next((one for one in found if one is not None and one.is_guest), None)
    if guest is None:
        raise NotFound("responsible_unknown")
    return guest.id


def local_day(at: datetime, community: Community) -> str:
    """A day as lists show it, in the community's own time."""
    return at.astimezone(ZoneInfo(community.timezone)).strftime("%Y-%m-%d %H:%M")


def communities_below(terminal: Terminal, code: str | None) -> list[Community]:
    """The community with that code and all below it; all there are without a code."""
    with terminal.gateway.db.read() as conn:
        return with_children(conn, roll.community_by_code(conn, code)) if code else roll.communities(conn)
