"""`xiangyin update`: what came of a topic, told to those concerned."""

from __future__ import annotations

import click

from gateway.cli.terminal import Terminal, command
from gateway.cli.topic import find_topic
from gateway.followup import actions, views
from gateway.kernel.errors import InputError
from gateway.topics.model import Stage

group = click.Group("update", help="Implementation updates: what came of a topic.")


@command(group, "post", example='xiangyin update post 13 --words en="The light works" --words zh="..." --stage done')
@click.argument("number")
@click.option("--words", multiple=True, required=True, help="LANGUAGE=TEXT; repeat for each language.")
@click.option(
    "--stage", type=click.Choice([Stage.IN_PROGRESS.value, Stage.DONE.value]), help="The stage it has reached."
)
@click.option("--everyone", is_flag=True, help="Tell the whole community, not only author and supporters.")
def post(terminal: Terminal, number: str, *, words: tuple[str, ...], stage: str | None, everyone: bool) -> None:
    """Post an update; it goes out by text or call to author and supporters."""
    gateway = terminal.gateway
    topic = find_topic(terminal, number)
    with gateway.db.work() as tx:
        broadcast_id = actions.post_update(
            tx,
            topic.id,
            _by_language(words),
            at=gateway.ports.clock.now(),
            wording=gateway.wording,
            stage=Stage(stage) if stage else None,
            everyone=everyone,
        )
        tx.commit()
    terminal.show(
        {"topic": topic.number, "broadcast": broadcast_id},
        terminal.say("staff_topic.update_posted", topic=topic.number, broadcast=broadcast_id or 0),
    )


@command(group, "list", example="xiangyin update list 13")
@click.argument("number")
def list_(terminal: Terminal, number: str) -> None:
    """List the updates on a topic, newest first."""
    topic = find_topic(terminal, number)
    with terminal.gateway.db.read() as conn:
        found = views.updates(conn, topic.id)
    data = [{"at": u.posted_at.isoformat(), "stage": u.stage, "words": dict(u.words)} for u in found]
    lines = [f"{u.posted_at:%Y-%m-%d}  {' / '.join(u.words.values())}" for u in found]
    terminal.show(data, "\n".join(lines) or terminal.say("staff_topic.no_updates"))


def _by_language(words: tuple[str, ...]) -> dict[str, str]:
    parts = [entry.partition("=") for entry in words]
    if not all(sign for _, sign, _ in parts):
        raise InputError("words_without_language")
    return {language.strip(): text for language, _, text in parts}
