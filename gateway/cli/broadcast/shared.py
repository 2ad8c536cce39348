"""What the commands of `xiangyin broadcast` share: the group, the options for words and audience, who somebody is."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any, TypeVar

import click

from gateway.cli.poll import read_closing_time
from gateway.cli.terminal import Terminal
from gateway.kernel.errors import InputError, RuleError
from gateway.kernel.languages import parse_language
from gateway.messaging.money import write_amount
from gateway.notices.model import Audience, NoticeDraft
from gateway.roll.model import Channel, Community
from gateway.staff.actions import check_password
from gateway.staff.model import Role

Command = TypeVar("Command", bound=Callable[..., None])

group = click.Group("broadcast", help="Messages to many people, and how they stand.")

COMMUNITY = click.option("--community", "code", required=True, help="Code of the community.")
NUMBER = click.argument("number", type=int)
BY = click.option("--by", default="", help="Your staff account; its password is asked for where two people must agree.")
# Who may say something to everybody, and agree to it.
SENDERS = (Role.CLERK, Role.TOWNSHIP)

_OPTIONS = (
    click.option("--words", required=True, multiple=True, help="What to say: WORDS, or LANGUAGE=WORDS for each."),
    click.option("--children", is_flag=True, help="The communities below as well, each from its own line."),
    click.option("--of", "parts", multiple=True, help="Only who had a part in it: topic:13, poll:3; several add up."),
    click.option("--group", "groups", multiple=True, help="Only this group of the roll."),
    click.option("--household", "households", multiple=True, help="Only this household."),
    click.option("--language", default="", help="Only who speaks this language."),
    click.option("--channel", type=click.Choice(list(Channel)), help="Only who is reached first by this."),
    click.option("--no-calls", is_flag=True, help="Call nobody, not even who cannot be reached by text."),
)


def notice_options(function: Command) -> Command:
    """The options that say what to whom."""
    for option in reversed(_OPTIONS):
        function = option(function)
    return COMMUNITY(function)


def read_draft(community: Community, options: dict[str, Any], by: str, send_at: datetime | None) -> NoticeDraft:
    """The notice that the options describe. InputError("broadcast_empty", "language_unreadable")."""
    words = dict(_read_words(one, community.languages[0]) for one in options["words"])
    audience = Audience(
        parts=options["parts"],
        groups=options["groups"],
        households=options["households"],
        language=parse_language(options["language"]) if options["language"] else "",
        channel=Channel(options["channel"]) if options["channel"] else None,
    )
    return NoticeDraft(
        community_id=community.id,
        words=words,
        audience=audience,
        by=by,
        children=options["children"],
        calls=not options["no_calls"],
        send_at=send_at,
    )


def _read_words(text: str, default: str) -> tuple[str, str]:
    """`en=No water` → ("en", "No water"); words without a language are in the community's own."""
    language, separator, words = text.partition("=")
    if separator and 2 <= len(language) <= 3 and language.isascii() and language.isalpha():  # noqa: PLR2004
        return parse_language(language), words.strip()
    return default, text.strip()


def make_sure_of(terminal: Terminal, name: str) -> str:
    """Ask for the password of a staff account and return its name. RuleError("staff_not_let")."""
    ports = terminal.gateway.ports
    password = click.prompt(terminal.say("staff_broadcast.password", name=name), hide_input=True, err=True)
    staff = check_password(ports.db, name, password, clock=ports.clock)
    if staff is None or staff.role not in SENDERS:
        raise RuleError("staff_not_let")
    return staff.name


def read_send_time(terminal: Terminal, text: str | None, timezone: str) -> datetime | None:
    """`2026-12-01T18:00` in the community's zone, or `+2h`. InputError("send_time_unreadable", "send_time_past")."""
    if not text:
        return None
    now = terminal.gateway.ports.clock.now()
    try:
        at = read_closing_time(text, timezone, now)
    except InputError:
        raise InputError("send_time_unreadable") from None
    if at <= now:
        raise InputError("send_time_past")
    return at


def money(amount: int, currency: str) -> str:
    """An amount with its currency."""
    return f"{write_amount(amount)} {currency}"


def unresolved_lines(terminal: Terminal, count: int) -> list[str]:
    """A line for what the carrier has not said for ten minutes whether it took it, if there is any."""
    return [terminal.say("staff_broadcast.unresolved", count=count)] if count else []
