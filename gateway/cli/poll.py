"""`xiangyin poll`: create, open, watch, close polls, check receipts. No command shows a choice before closing."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from typing import Any, TextIO
from zoneinfo import ZoneInfo

import click

from gateway.cli.terminal import Item, Terminal, command, standalone
from gateway.kernel.errors import InputError, NotFound
from gateway.kernel.ids import has_valid_check_digit
from gateway.kernel.languages import parse_language
from gateway.polls import actions, announcing, auditing, closing, inviting, telling, views
from gateway.polls.lots import draw_lot
from gateway.polls.model import (
    ABSTAIN,
    ANY_LANGUAGE,
    USUAL_EXTENSION_HOURS,
    Counting,
    Method,
    Poll,
    PollDraft,
    PollState,
    PollWording,
    Threshold,
    ThresholdBase,
    TieRule,
    Walk,
)
from gateway.polls.model.hearing import ByEar, by_ear
from gateway.polls.publishing import published_poll
from gateway.roll import views as roll
from gateway.roll.model import Community

group = click.Group("poll", help="Polls: question, sealed ballots, count.")

_IN_A_WHILE = re.compile(r"\+(\d{1,5})([mhd])")
_UNITS = {"m": "minutes", "h": "hours", "d": "days"}
_number = click.argument("number", type=click.IntRange(min=1))


@command(group, "create", example='xiangyin poll create --community shitan --question "Mend the road?" --closes +3d')
@click.option("--community", "community_code", required=True, help="Code of the community.")
@click.option("--question", required=True, help="What is put to the vote.")
@click.option("--option", "options", multiple=True, help="An option; once for each. A yes/no poll has none.")
@click.option("--method", type=click.Choice([str(m) for m in Method]), default=str(Method.YESNO), show_default=True)
@click.option("--counting", type=click.Choice([str(c) for c in Counting]), help="Default: most; irv; greedy.")
@click.option("--max-choices", type=int, help="How many options one ballot may name. Default: all.")
@click.option("--score-max", type=int, help="The highest score of an option. Default: 5.")
@click.option("--budget", type=int, help="The money to share out, in whole units.")
@click.option("--cost", "costs", type=int, multiple=True, help="What an option costs; once for each, in their order.")
@click.option("--knapsack", is_flag=True, help="What one ballot names must fit into the budget together.")
@click.option("--least-votes", type=int, help="Votes below which an option gets no money.")
@click.option("--exclusive", multiple=True, help="Options of which only one gets money: 2,5. May be repeated.")
@click.option(
    "--ties", type=click.Choice([str(rule) for rule in TieRule]), default=str(TieRule.NONE), show_default=True
)
@click.option("--lot", "lot_source", default="", help="Where the public randomness of the lot will come from.")
@click.option("--rehearsal", is_flag=True, help="A poll for practice; its result means nothing and says so.")
@click.option("--closes", required=True, help="2026-12-01T18:00 (the community's time) or +2h, +3d from now.")
@click.option("--extension-hours", type=int, help="How far its end may be moved once it is open. Default: 48.")
@click.option("--threshold", help="1/2 is more than half, other shares at least. Default: 1/2; single: most votes.")
@click.option(
    "--threshold-of",
    type=click.Choice([str(base) for base in ThresholdBase]),
    default=str(ThresholdBase.PARTICIPANTS),
    show_default=True,
    help="Of whom: ballots cast, everybody entitled, ballots without abstentions, people present.",
)
@click.option("--quorum", help="Share of the entitled that must take part, read like a threshold.")
@click.option("--by-group", is_flag=True, help="The threshold must be met in every group of the roll.")
@click.option("--translation", "translations", multiple=True, help='en="Question|Option A|Option B"; once for each.')
def create(terminal: Terminal, community_code: str, question: str, options: Sequence[str], **terms: Any) -> None:
    """Keep a draft of a poll; nobody can vote before it is opened."""
    ports = terminal.gateway.ports
    with ports.db.read() as conn:
        community = roll.community_by_code(conn, community_code)
    method = Method(terms["method"])
    wording = {ANY_LANGUAGE: PollWording(question.strip(), tuple(option.strip() for option in options))}
    draft = PollDraft(
        community_id=community.id,
        method=method,
        wording=wording | dict(_translation(text) for text in terms["translations"]),
        closes_at=read_closing_time(terms["closes"], community.timezone, ports.clock.now()),
        threshold=Threshold(ThresholdBase(terms["threshold_of"]), _threshold(terms["threshold"], method)),
        quorum=None if terms["quorum"] is None else read_share(terms["quorum"]),
        by_group=terms["by_group"],
        counting=Counting(terms["counting"]) if terms["counting"] else None,
        tie_rule=TieRule(terms["ties"]),
        lot_source=terms["lot_source"].strip(),
        max_choices=terms["max_choices"],
        score_max=terms["score_max"],
        costs=terms["costs"],
        budget=terms["budget"],
        knapsack=terms["knapsack"],
        least_votes=terms["least_votes"],
        exclusive=tuple(_numbers(text) for text in terms["exclusive"]),
        rehearsal=terms["rehearsal"],
        extension_hours=USUAL_EXTENSION_HOURS if terms["extension_hours"] is None else terms["extension_hours"],
    )
    with ports.db.work() as tx:
        number = actions.create_poll(tx, draft, at=ports.clock.now())
        tx.commit()
    with ports.db.read() as conn:
        poll = views.poll(conn, number)
    lines = [terminal.say("staff_poll.created", poll=number, closes=local_time(draft.closes_at, community))]
    way = by_ear(poll.form)
    if way is not ByEar.ASKED:
        lines.append(terminal.say(f"staff_poll.by_ear.{way}"))
    terminal.show(_poll_json(poll) | {"by_ear": way}, "\n".join(lines))


@command(group, "open", example="xiangyin poll open 3")
@_number
@click.option("--quiet", is_flag=True, help="Do not send the question to the electors.")
def open_(terminal: Terminal, number: int, *, quiet: bool) -> None:
    """Freeze the terms and the electorate, let people vote and send them the question."""
    ports = terminal.gateway.ports
    walk = _walk(terminal, terminal.say("staff_poll.opening"))
    with ports.db.work() as tx:
        actions.open_poll(tx, number, ports=ports, wording=terminal.gateway.wording, walk=walk)
        if not quiet:
            inviting.ask_for_votes(tx, number, at=ports.clock.now(), wording=terminal.gateway.wording)
        tx.commit()
    with ports.db.read() as conn:
        poll, turnout = views.poll(conn, number), views.turnout(conn, number)
    sentence = terminal.say(
        "staff_poll.opened", poll=number, electors=turnout.eligible, sha256=poll.frozen_sha256 or ""
    )
    terminal.show(_poll_json(poll) | {"eligible": turnout.eligible}, sentence)


@command(group, "close", example="xiangyin poll close 3")
@_number
def close(terminal: Terminal, number: int) -> None:
    """Close a poll now, count it, publish the result and send it out; goes on where a closing was interrupted."""
    walk = _walk(terminal, terminal.say("staff_poll.closing"))
    gateway = terminal.gateway
    closing.close_poll(number, ports=gateway.ports, wording=gateway.wording, walk=walk)
    _show_result(terminal, number)


@command(group, "result", example="xiangyin poll result 3 --json")
@_number
def result(terminal: Terminal, number: int) -> None:
    """The result of a closed poll."""
    _show_result(terminal, number)


@command(group, "turnout", example="xiangyin poll turnout 3")
@_number
def turnout(terminal: Terminal, number: int) -> None:
    """How many have voted; never for what."""
    with terminal.gateway.db.read() as conn:
        found = views.turnout(conn, number)
    numbers = {"poll": number, "eligible": found.eligible, "participants": found.participants, "present": found.present}
    terminal.show(numbers, terminal.say("staff_poll.turnout", **numbers))


@command(group, "lot", example='xiangyin poll lot 3 "03 11 17 22 28 31 + 05"')
@_number
@click.argument("seed")
def lot(terminal: Terminal, number: int, seed: str) -> None:
    """Break a tie by lot from the public randomness that was announced before opening; once, and on the record."""
    ports = terminal.gateway.ports
    with ports.db.work() as tx:
        chosen = draw_lot(tx, number, seed, at=ports.clock.now(), wording=terminal.gateway.wording)
        tx.commit()
    sentence = terminal.say("staff_poll.lot", poll=number, options=", ".join(chosen) or "-")
    terminal.show({"poll": number, "chosen": list(chosen)}, sentence)


@command(group, "publish", example="xiangyin poll publish 3 > poll-3.json")
@_number
def publish(terminal: Terminal, number: int) -> None:
    """Everything that a closed poll is counted again from, as one file: terms, ballots, receipts, record."""
    with terminal.gateway.db.read() as conn:
        click.echo(json.dumps(published_poll(conn, number), ensure_ascii=False, sort_keys=True))


@standalone("audit", example="xiangyin poll audit poll-3.json")
@click.argument("file", type=click.File(encoding="utf-8"))
@click.option("--root", help="The record's root as you noted it elsewhere; the file must have the same.")
def audit(terminal: Terminal, file: TextIO, root: str | None) -> None:
    """Count a poll again from its published file alone; needs no database and no network."""
    found = auditing.audit(file.read())
    if root is not None and root.strip().lower() != found.root:
        raise InputError("record_root_differs")
    lines = [
        terminal.say("staff_poll.audit.title", poll=found.poll),
        *(_finding(terminal, finding) for finding in found.findings),
        terminal.say("staff_poll.audit.root", root=found.root, size=found.size),
        terminal.say("staff_poll.audit.holds" if found.holds else "staff_poll.audit.fails"),
    ]
    checks = {str(finding.check): finding.holds for finding in found.findings}
    terminal.show({"poll": found.poll, "holds": found.holds, "checks": checks, "root": found.root}, "\n".join(lines))
    if not found.holds:
        raise InputError("audit_failed")


group.add_command(audit)


@command(group, "check-receipt", example="xiangyin poll check-receipt 3 1234567")
@_number
@click.argument("receipt")
def check_receipt(terminal: Terminal, number: int, receipt: str) -> None:
    """Whether the ballot with a receipt was counted; never what it said."""
    digits = re.sub(r"[\s-]", "", receipt)
    with terminal.gateway.db.read() as conn:
        counted = views.receipt_counted(conn, number, digits)
    if not has_valid_check_digit(digits):
        raise InputError("receipt_mistyped")
    sentence = terminal.say("staff_poll.counted" if counted else "staff_poll.not_counted", receipt=digits)
    terminal.show({"poll": number, "receipt": digits, "counted": counted}, sentence)


@command(group, "list", example="xiangyin poll list --community shitan")
@click.option("--community", "community_code", help="Only the polls of this community.")
@click.option("--state", type=click.Choice([str(state) for state in PollState]), help="Only polls in this state.")
def list_(terminal: Terminal, community_code: str | None, state: str | None) -> None:
    """The polls, by number."""
    with terminal.gateway.db.read() as conn:
        community = roll.community_by_code(conn, community_code) if community_code else None
        states = [PollState(state)] if state else []
        found = views.polls(conn, community.id if community else None, states)
        places = {one.id: one for one in roll.communities(conn)}
    lines = [_line(terminal, poll, places[poll.community_id]) for poll in found]
    terminal.show([_poll_json(poll) for poll in found], "\n".join(lines) or terminal.say("staff_poll.none"))


@command(group, "show", example="xiangyin poll show 3")
@_number
def show(terminal: Terminal, number: int) -> None:
    """A poll's question, options, rule and turnout."""
    with terminal.gateway.db.read() as conn:
        poll, found = views.poll(conn, number), views.turnout(conn, number)
        community = roll.community(conn, poll.community_id)
    language, wording = terminal.settings.language, terminal.gateway.wording
    rule = announcing.rule_in_words(poll, language, wording=wording)
    numbers = {"eligible": found.eligible, "participants": found.participants, "present": found.present}
    state = terminal.say(f"staff_poll.state.{poll.state}")
    lines = [
        terminal.say("staff_poll.detail", poll=number, state=state, question=poll.words(language).question),
        *_choice_lines(terminal, poll),
        terminal.say("staff_poll.rule", rule=rule, closes=local_time(poll.closes_at, community)),
        terminal.say("staff_poll.turnout", poll=number, **numbers),
    ]
    if poll.frozen_sha256:
        lines.append(terminal.say("staff_poll.fingerprint", sha256=poll.frozen_sha256))
    terminal.show(_poll_json(poll) | numbers, "\n".join(lines))


@command(group, "present", example="xiangyin poll present 3 --resident 10231")
@_number
@click.option("--resident", "code", required=True, help="The resident's code.")
def present(terminal: Terminal, number: int, code: str) -> None:
    """Mark somebody as present at the meeting, for rules that count those present."""
    ports = terminal.gateway.ports
    with ports.db.work() as tx:
        poll = views.poll(tx.connection, number)
        resident = roll.resident_by_code(tx.connection, poll.community_id, code)
        if resident is None:
            raise NotFound("resident_unknown")
        actions.mark_present(tx, number, resident.id)
        tx.commit()
    terminal.show({"poll": number, "present": True}, terminal.say("staff_poll.marked_present"))


def read_closing_time(text: str, timezone: str, now: datetime) -> datetime:
    """`+2h`, `+3d`, `+30m` from now, or an ISO 8601 time, in `timezone` unless it names its own; in UTC.

    Raises InputError("closing_time_unreadable").
    """
    relative = _IN_A_WHILE.fullmatch(text.strip())
    if relative:
        return now + timedelta(**{_UNITS[relative[2]]: int(relative[1])})
    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError:
        raise InputError("closing_time_unreadable") from None
    return (moment if moment.tzinfo else moment.replace(tzinfo=ZoneInfo(timezone))).astimezone(UTC)


def read_share(text: str) -> Fraction:
    """`1/2`, `2/3`, `0.6` as a fraction from 0 to 1. Raises InputError("share_unreadable")."""
    try:
        share = Fraction(text.strip())
    except (ValueError, ZeroDivisionError):
        raise InputError("share_unreadable") from None
    if not 0 <= share <= 1:
        raise InputError("share_unreadable")
    return share


def _threshold(text: str | None, method: Method) -> Fraction:
    if text is not None:
        return read_share(text)
    return Fraction(1, 2) if method is Method.YESNO else Fraction(0)


def _numbers(text: str) -> tuple[int, ...]:
    try:
        return tuple(int(part) for part in text.split(","))
    except ValueError:
        raise InputError("poll_exclusive_unreadable") from None


def _translation(text: str) -> tuple[str, PollWording]:
    tag, equals, words = text.partition("=")
    if not equals:
        raise InputError("poll_translation_unreadable")
    question, *options = (part.strip() for part in words.split("|"))
    return parse_language(tag), PollWording(question, tuple(options))


def _finding(terminal: Terminal, finding: auditing.Finding) -> str:
    sign = {True: "+", False: "!", None: "-"}[finding.holds]
    key = {True: "yes", False: "no", None: "withheld"}[finding.holds]
    return f"  {sign} " + terminal.say(f"staff_poll.audit.{finding.check}.{key}")


def _walk(terminal: Terminal, label: str) -> Walk:
    def walk(items: Iterable[Item], length: int) -> Iterable[Item]:
        with terminal.progress(items, label, length) as bar:
            yield from bar

    return walk


def _show_result(terminal: Terminal, number: int) -> None:
    with terminal.gateway.db.read() as conn:
        found, poll = views.result(conn, number), views.poll(conn, number)
        words = telling.announced(conn, poll, found, wording=terminal.gateway.wording).texts
    terminal.show(found.to_json(), words[terminal.settings.language])


def _line(terminal: Terminal, poll: Poll, community: Community) -> str:
    line = terminal.say(
        "staff_poll.line",
        poll=poll.number,
        state=terminal.say(f"staff_poll.state.{poll.state}"),
        closes=local_time(poll.closes_at, community),
        question=poll.words(terminal.settings.language).question,
    )
    return terminal.say("staff_poll.rehearsing", line=line) if poll.rehearsal else line


def _choice_lines(terminal: Terminal, poll: Poll) -> list[str]:
    own = poll.words(terminal.settings.language).options
    names = own or tuple(terminal.say(f"staff_poll.choice.{choice}") for choice in (*poll.options, ABSTAIN))
    return [terminal.say("staff_poll.option", number=key, label=name) for key, name in enumerate(names, start=1)]


def local_time(moment: datetime, community: Community) -> str:
    """A moment as the community's clocks show it."""
    return moment.astimezone(ZoneInfo(community.timezone)).strftime("%Y-%m-%d %H:%M")


def _poll_json(poll: Poll) -> dict[str, Any]:
    return {
        "poll": poll.number,
        "state": str(poll.state),
        "method": str(poll.method),
        "question": poll.wording[ANY_LANGUAGE].question,
        "options": list(poll.wording[ANY_LANGUAGE].options),
        "closes_at": poll.closes_at.isoformat(),
        "threshold": {"of": str(poll.threshold.base), "share": str(poll.threshold.share)},
        "quorum": None if poll.quorum is None else str(poll.quorum),
        "by_group": poll.by_group,
        "counting": str(poll.counting),
        "ties": str(poll.tie_rule),
        "lot_source": poll.lot_source,
        "max_choices": poll.max_choices,
        "score_max": poll.form.score_max if poll.method is Method.SCORE else None,
        "costs": list(poll.costs),
        "budget": poll.budget,
        "knapsack": poll.knapsack,
        "least_votes": poll.least_votes,
        "exclusive": [list(some) for some in poll.exclusive],
        "rehearsal": poll.rehearsal,
        "extension_hours": poll.extension_hours,
        "sha256": poll.frozen_sha256,
    }
