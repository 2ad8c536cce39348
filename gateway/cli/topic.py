"""`xiangyin topic`: what residents raised, and its screening."""

from __future__ import annotations

from typing import Any

import click

from gateway.cli.terminal import Terminal, command
from gateway.kernel.errors import NotFound
from gateway.roll import views as roll
from gateway.topics import actions, views
from gateway.topics.model import Stage, Topic, topic_id_of

group = click.Group("topic", help="Topics: what residents raised, and where each stands.")


@command(group, "list", example="xiangyin topic list --community shitan --stage raised")
@click.option("--community", "community_code", required=True, help="Code of the community.")
@click.option("--stage", type=click.Choice([stage.value for stage in Stage]), help="Only topics of this stage.")
def list_(terminal: Terminal, community_code: str, *, stage: str | None) -> None:
    """List a community's topics, newest first."""
    with terminal.gateway.db.read() as conn:
        community = roll.community_by_code(conn, community_code)
        found = views.topics(conn, community.id, Stage(stage) if stage else None)
    lines = [_line(terminal, topic) for topic in found] or [terminal.say("staff_topic.none")]
    terminal.show([_as_json(topic) for topic in found], "\n".join(lines))


@command(group, "show", example="xiangyin topic show 13")
@click.argument("number")
def show(terminal: Terminal, number: str) -> None:
    """Show one topic."""
    topic = find_topic(terminal, number)
    terminal.show(_as_json(topic), _line(terminal, topic))


@command(group, "screen", example='xiangyin topic screen 13 --decline --reason "not in the hands of the village"')
@click.argument("number")
@click.option("--accept/--decline", "accept", required=True, help="Take it up, or not.")
@click.option("--reason", default="", help="Needed with --decline; the author receives it.")
def screen(terminal: Terminal, number: str, *, accept: bool, reason: str) -> None:
    """Accept a topic, or decline it with a reason; the author is told."""
    gateway = terminal.gateway
    with gateway.db.work() as tx:
        topic = actions.screen(tx, number, accept, reason, at=gateway.ports.clock.now(), wording=gateway.wording)
        tx.commit()
    terminal.show(_as_json(topic), _line(terminal, topic))


def find_topic(terminal: Terminal, number: str) -> Topic:
    """The topic that an operator named. NotFound("topic_unknown", "topic_number_wrong")."""
    if topic_id_of(number) is None:
        raise NotFound("topic_number_wrong")
    with terminal.gateway.db.read() as conn:
        topic = views.topic(conn, number)
    if topic is None:
        raise NotFound("topic_unknown")
    return topic


def _as_json(topic: Topic) -> dict[str, Any]:
    return {
        "topic": topic.number,
        "stage": topic.stage,
        "text": topic.text,
        "spoken": topic.recording_id is not None,
        "supporters": topic.supporters,
        "reason": topic.reason,
        "raised_at": topic.raised_at.isoformat(),
    }


def _line(terminal: Terminal, topic: Topic) -> str:
    text = topic.text if topic.recording_id is None else terminal.say("staff_topic.spoken")
    stage = terminal.say(f"staff_topic.stage.{topic.stage}")
    return terminal.say("staff_topic.line", topic=topic.number, stage=stage, supporters=topic.supporters, text=text)
