"""`xiangyin inbox`: the texts that only a person can answer."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from gateway.bootstrap import Gateway
from gateway.cli.terminal import Terminal, command
from gateway.kernel.errors import InputError, NotFound
from gateway.messaging import inbox, redacting
from gateway.messaging.model import WaitingText
from gateway.roll import views as roll
from gateway.topics import unkept
from gateway.topics import views as topics
from gateway.topics.recordings import read_recording

group = click.Group("inbox", help="Texts that nobody but a person can answer.")


@command(group, "list", example="xiangyin inbox list --community shitan")
@click.option("--community", "community_code", required=True, help="Code of the community.")
def list_(terminal: Terminal, community_code: str) -> None:
    """List what waits, oldest first. A text that may have held a choice has no words."""
    gateway = terminal.gateway
    with gateway.db.read() as conn:
        waiting = inbox.waiting(conn, roll.community_by_code(conn, community_code).id)
    rows = [_as_json(gateway, text) for text in waiting]
    lines = [terminal.say("staff_inbox.line", **{k: v or "-" for k, v in row.items()}) for row in rows]
    terminal.show(rows, "\n".join(lines) or terminal.say("staff_inbox.empty"))


@command(group, "answer", example="xiangyin inbox answer 7")
@click.argument("number", type=int)
def answer(terminal: Terminal, number: int) -> None:
    """Take a text off the list once somebody has answered it."""
    with terminal.gateway.db.work() as tx:
        inbox.answer_waiting(tx, number)
        tx.commit()
    terminal.show({"answered": number}, terminal.say("staff_inbox.answered", number=number))


@command(group, "listen", example="xiangyin inbox listen 7 message.wav")
@click.argument("number", type=int)
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
def listen(terminal: Terminal, number: int, file: Path) -> None:
    """Write what somebody said out of hours into a sound file (WAV) that is readable for its owner alone."""
    gateway = terminal.gateway
    with gateway.db.read() as conn:
        message = topics.message(conn, number)
    if message is None:
        raise NotFound("message_unknown")
    sound = read_recording(message.id, folder=terminal.settings.data_dir / "recordings", secret=gateway.ports.secret)
    file.touch(mode=0o600)
    file.write_bytes(sound)
    terminal.show({"written": str(file)}, terminal.say("staff_inbox.written", file=str(file), number=number))


@command(group, "unredacted", example="xiangyin inbox unredacted")
def unredacted(terminal: Terminal) -> None:
    """Texts that were or may be votes and whose words the carrier still keeps; those it refused to empty by name."""
    with terminal.gateway.db.read() as conn:
        found = redacting.not_emptied(conn)
    lines = [
        *found.given_up,
        terminal.say("staff_inbox.unredacted", waiting=found.waiting, refused=len(found.given_up)),
    ]
    terminal.show({"waiting": found.waiting, "given_up": list(found.given_up)}, "\n".join(lines))


@command(group, "undeleted", example="xiangyin inbox undeleted")
def undeleted(terminal: Terminal) -> None:
    """Recordings that nobody kept and the carrier still has; those it refused to delete by name."""
    with terminal.gateway.db.read() as conn:
        found = unkept.undeleted(conn)
    refused = len(found.given_up)
    lines = [*found.given_up, terminal.say("staff_inbox.undeleted", waiting=found.waiting, refused=refused)]
    terminal.show({"waiting": found.waiting, "given_up": list(found.given_up)}, "\n".join(lines))


def _as_json(gateway: Gateway, text: WaitingText) -> dict[str, Any]:
    code = ""
    if text.resident_id is not None:
        with gateway.db.read() as conn:
            code = roll.resident(conn, text.resident_id).code
    return {"number": text.id, "day": text.received_on.isoformat(), "code": code, "text": _words(gateway, text)}


def _words(gateway: Gateway, text: WaitingText) -> str:
    if text.sealed_text is None:
        return ""
    try:
        return gateway.ports.sealer.open(text.sealed_text).decode()
    except InputError:
        return ""
