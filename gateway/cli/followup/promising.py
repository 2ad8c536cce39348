"""`xiangyin followup plan`, `due`, `keep`, `overdue`, `update` and so on: what is promised, and what became of it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from gateway.cli.followup.group import (
    MILESTONE_HELP,
    communities_below,
    community_option,
    group,
    local_day,
    read_milestone,
    read_responsible,
    read_words,
)
from gateway.cli.poll import read_closing_time
from gateway.cli.terminal import Terminal, command
from gateway.cli.topic import find_topic
from gateway.followup import actions, photos, planning, views
from gateway.followup.model import DueChange, Milestone, PlanDraft
from gateway.followup.telling import in_language
from gateway.kernel.db import UnitOfWork
from gateway.meetings import views as meetings
from gateway.record.model import moment_text
from gateway.roll import views as roll
from gateway.roll.model import Community
from gateway.topics.model import Stage, Topic

_topic = click.argument("number")
_milestone = click.argument("milestone", type=click.IntRange(min=1))
_by = click.option("--by", default="", help="The account that does it.")


@command(
    group,
    "plan",
    example='xiangyin followup plan 13 --words "Mend the bridge" --milestone "+14d;office:Water works;New railing"',
)
@_topic
@click.option("--words", multiple=True, help="What will be done: TEXT, or LANGUAGE=TEXT for each language.")
@click.option("--milestone", "milestones", multiple=True, required=True, help=MILESTONE_HELP)
@click.option("--meeting", type=click.IntRange(min=1), help="The meeting whose resolution this carries out.")
@click.option("--ask-everyone", is_flag=True, help="When it is done, ask everybody, not only those concerned.")
@click.option("--quiet", is_flag=True, help="Tell nobody.")
def plan(terminal: Terminal, number: str, *, words: tuple[str, ...], milestones: tuple[str, ...], **given: Any) -> None:
    """Promise what will be done, in steps with a day and somebody who answers for each; those concerned are told."""
    gateway, topic = terminal.gateway, find_topic(terminal, number)
    now = gateway.ports.clock.now()
    with gateway.db.work() as tx:
        community = roll.community(tx.connection, topic.community_id)
        meeting = meetings.meeting(tx.connection, given["meeting"]) if given["meeting"] else None
        promised = words or ((meeting.resolution,) if meeting else ())
        draft = PlanDraft(
            topic_id=topic.id,
            words=read_words(promised, community),
            milestones=tuple(read_milestone(tx.connection, one, community, now) for one in milestones),
            meeting=given["meeting"],
            poll=meeting.poll if meeting else None,
            ask_everyone=given["ask_everyone"],
        )
        planning.make_plan(tx, draft, at=now, wording=gateway.wording, quiet=given["quiet"])
        tx.commit()
    _show(terminal, topic)


@command(group, "show", example="xiangyin followup show 13")
@_topic
def show(terminal: Terminal, number: str) -> None:
    """Show what was promised about a topic, step by step, with every change of a day."""
    _show(terminal, find_topic(terminal, number))


@command(group, "add", example='xiangyin followup add 13 "+30d;guest:90011;Paint the railing"')
@_topic
@click.argument("milestone")
def add(terminal: Terminal, number: str, milestone: str) -> None:
    """Promise one step more."""
    now = terminal.gateway.ports.clock.now()

    def act(tx: UnitOfWork, topic: Topic, community: Community) -> Milestone:
        draft = read_milestone(tx.connection, milestone, community, now)
        return planning.add_milestone(tx, topic.id, draft, at=now)

    _change(terminal, number, act, "added")


@command(group, "due", example='xiangyin followup due 13 2 --to +21d --reason "The steel comes later"')
@_topic
@_milestone
@click.option("--to", "day", required=True, help="2026-12-31T18:00 (the community's time) or +14d from now.")
@click.option("--reason", required=True, help="Why; those concerned are told, the public can read it.")
@_by
def due(terminal: Terminal, number: str, milestone: int, *, day: str, reason: str, by: str) -> None:
    """Change the day of a step, with a reason."""
    now, wording = terminal.gateway.ports.clock.now(), terminal.gateway.wording

    def act(tx: UnitOfWork, topic: Topic, community: Community) -> Milestone:
        to = read_closing_time(day, community.timezone, now)
        return planning.change_due(tx, topic.id, milestone, to, reason, at=now, wording=wording, by=by)

    _change(terminal, number, act, "changed")


@command(group, "keep", example="xiangyin followup keep 13 1")
@_topic
@_milestone
def keep(terminal: Terminal, number: str, milestone: int) -> None:
    """A step is done."""
    now = terminal.gateway.ports.clock.now()
    _change(terminal, number, lambda tx, topic, _: planning.keep_milestone(tx, topic.id, milestone, at=now), "kept")


@command(group, "drop", example='xiangyin followup drop 13 2 --reason "The county builds a new bridge"')
@_topic
@_milestone
@click.option("--reason", required=True, help="Why; the public can read it.")
@_by
def drop(terminal: Terminal, number: str, milestone: int, *, reason: str, by: str) -> None:
    """A step will not be done."""
    now = terminal.gateway.ports.clock.now()

    def act(tx: UnitOfWork, topic: Topic, _: Community) -> Milestone:
        return planning.drop_milestone(tx, topic.id, milestone, reason, at=now, by=by)

    _change(terminal, number, act, "dropped")


@command(group, "hand-over", example='xiangyin followup hand-over 13 2 --to "office:Road office"')
@_topic
@_milestone
@click.option("--to", "who", required=True, help="office:NAME, staff:ACCOUNT or guest:CODE.")
def hand_over(terminal: Terminal, number: str, milestone: int, who: str) -> None:
    """Somebody else answers for a step from now on."""
    now = terminal.gateway.ports.clock.now()

    def act(tx: UnitOfWork, topic: Topic, community: Community) -> Milestone:
        to = read_responsible(tx.connection, who, community)
        return planning.hand_over(tx, topic.id, milestone, to, at=now)

    _change(terminal, number, act, "handed_over")


@command(group, "promises", example="xiangyin followup promises --community shitan")
@click.option("--community", "community_code", required=True, help="Code of the community.")
def promises(terminal: Terminal, community_code: str) -> None:
    """List every step that a community has promised: kept, on its way, due soon, overdue, given up."""
    now = terminal.gateway.ports.clock.now()
    with terminal.gateway.db.read() as conn:
        found = views.promises(conn, roll.community_by_code(conn, community_code).id, now)
    _show_promises(terminal, found)


@command(group, "overdue", example="xiangyin followup overdue --community township")
@community_option
def overdue(terminal: Terminal, community_code: str | None) -> None:
    """List what is overdue or due soon, in a community and all below it, the longest overdue first."""
    now, places = terminal.gateway.ports.clock.now(), communities_below(terminal, community_code)
    with terminal.gateway.db.read() as conn:
        found = views.pressing(conn, now, [one.id for one in places])
    _show_promises(terminal, found)


@command(group, "update", example='xiangyin followup update 13 --words "The railing is up" --photo bridge.jpg')
@_topic
@click.option("--words", multiple=True, required=True, help="TEXT, or LANGUAGE=TEXT for each language.")
@click.option(
    "--stage", type=click.Choice([Stage.IN_PROGRESS.value, Stage.DONE.value]), help="The stage it has reached."
)
@click.option("--photo", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="A JPEG or PNG; see docs.")
@click.option("--everyone", is_flag=True, help="Tell the whole community, not only those concerned.")
@click.option("--quiet", is_flag=True, help="Put it on the web and send it to nobody.")
def update(terminal: Terminal, number: str, *, words: tuple[str, ...], photo: Path | None, **given: Any) -> None:
    """Say how it stands; it goes by text or call to everybody concerned. Of a photo the picture alone is kept."""
    gateway, topic = terminal.gateway, find_topic(terminal, number)
    folder = gateway.settings.data_dir / photos.PHOTOS
    name = photos.keep_photo(folder, photo.read_bytes()) if photo else ""
    with gateway.db.work() as tx:
        broadcast_id = actions.post_update(
            tx,
            topic.id,
            read_words(words, roll.community(tx.connection, topic.community_id)),
            at=gateway.ports.clock.now(),
            wording=gateway.wording,
            stage=Stage(given["stage"]) if given["stage"] else None,
            everyone=given["everyone"],
            photo=name,
            quiet=given["quiet"],
        )
        tx.commit()
    key = "staff_topic.update_posted" if broadcast_id else "staff_followup.update_kept"
    said: dict[str, str | int] = {"topic": topic.number, "broadcast": broadcast_id or 0}
    terminal.show({**said, "broadcast": broadcast_id, "photo": name}, terminal.say(key, **said))


def _change(
    terminal: Terminal, number: str, act: Callable[[UnitOfWork, Topic, Community], Milestone], key: str
) -> None:
    topic = find_topic(terminal, number)
    with terminal.gateway.db.work() as tx:
        community = roll.community(tx.connection, topic.community_id)
        changed = act(tx, topic, community)
        who = views.bearer_name(tx.connection, changed.responsible)
        tx.commit()
    values: dict[str, str | int] = {"number": changed.number, "due": local_day(changed.due_at, community), "who": who}
    terminal.show(milestone_json(changed, who), terminal.say(f"staff_followup.{key}", **values))


def _show(terminal: Terminal, topic: Topic) -> None:
    with terminal.gateway.db.read() as conn:
        found = views.plan_of(conn, topic.id)
        community = roll.community(conn, topic.community_id)
        changes = views.due_changes(conn, found) if found else []
        names = {one.id: views.bearer_name(conn, one.responsible) for one in found.milestones} if found else {}
    if found is None:
        terminal.show(
            {"topic": topic.number, "milestones": []}, terminal.say("staff_followup.none", topic=topic.number)
        )
        return
    promised = str(in_language(found.words, terminal.settings.language))
    lines = [terminal.say("staff_followup.plan", topic=topic.number, words=promised)]
    for one in found.milestones:
        lines.append(_milestone_line(terminal, one, names[one.id], community))
        lines += [_change_line(terminal, each, community) for each in changes if each.milestone_id == one.id]
    steps = [milestone_json(one, names[one.id]) | {"changes": _changes(one, changes)} for one in found.milestones]
    data = {"topic": topic.number, "words": dict(found.words), "meeting": found.meeting, "milestones": steps}
    terminal.show(data, "\n".join(lines))


def milestone_json(one: Milestone, who: str) -> dict[str, Any]:
    """A milestone for machines."""
    return {
        "milestone": one.number,
        "words": dict(one.words),
        "responsible": {"kind": one.responsible.kind, "name": who},
        "due_at": moment_text(one.due_at),
        "first_due_at": moment_text(one.first_due_at),
        "state": one.state,
        "ended_at": moment_text(one.ended_at) if one.ended_at else None,
    }


def _changes(one: Milestone, changes: list[DueChange]) -> list[dict[str, str]]:
    return [
        {"before": moment_text(each.before), "after": moment_text(each.after), "reason": each.reason}
        for each in changes
        if each.milestone_id == one.id
    ]


def _milestone_line(terminal: Terminal, one: Milestone, who: str, community: Community) -> str:
    return terminal.say(
        "staff_followup.milestone",
        number=one.number,
        due=local_day(one.due_at, community),
        light=terminal.say(f"staff_followup.light.{one.light(terminal.gateway.ports.clock.now())}"),
        who=who,
        words=str(in_language(one.words, terminal.settings.language)),
    )


def _change_line(terminal: Terminal, change: DueChange, community: Community) -> str:
    before, after = local_day(change.before, community), local_day(change.after, community)
    return terminal.say("staff_followup.change", before=before, after=after, reason=change.reason)


def _show_promises(terminal: Terminal, found: list[views.Promise]) -> None:
    data = [
        {"topic": one.topic.number, "light": one.light, **milestone_json(one.milestone, one.bearer)} for one in found
    ]
    terminal.show(data, "\n".join(_promise_line(terminal, one) for one in found) or _none(terminal))


def _promise_line(terminal: Terminal, one: views.Promise) -> str:
    with terminal.gateway.db.read() as conn:
        community = roll.community(conn, one.topic.community_id)
    return terminal.say(
        "staff_followup.promise",
        due=local_day(one.milestone.due_at, community),
        light=terminal.say(f"staff_followup.light.{one.light}"),
        topic=one.topic.number,
        number=one.milestone.number,
        words=str(in_language(one.milestone.words, terminal.settings.language)),
        who=one.bearer,
    )


def _none(terminal: Terminal) -> str:
    return terminal.say("staff_followup.no_promises")
