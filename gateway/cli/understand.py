"""`xiangyin understand`: the parser that the hook uses, for machines: JSON lines in, JSON lines out, no database."""

from __future__ import annotations

import json
import sys
from typing import Any

import click

from gateway.cli.terminal import Terminal, standalone
from gateway.conversation.understanding.model import Context, PollContext
from gateway.conversation.understanding.parse import understand as read
from gateway.kernel.errors import InputError


@standalone("understand", example='echo \'{"id": 1, "text": "VOTE 3 1", "context": {}}\' | xiangyin understand')
def understand(terminal: Terminal) -> None:  # noqa: ARG001  # it always speaks to machines
    """Read {"id", "text", "context"} a line on standard input; write what each text means."""
    for number, line in enumerate(sys.stdin, start=1):
        if line.strip():
            click.echo(json.dumps(_meaning(number, line), ensure_ascii=False))


def _meaning(number: int, line: str) -> dict[str, Any]:
    try:
        entry = json.loads(line)
        text, context = entry["text"].strip(), _context(entry.get("context") or {})
    except (ValueError, KeyError, TypeError, AttributeError):
        raise InputError("understand_line_unreadable", line=number) from None
    meaning = read(text, context)
    return {
        "id": entry.get("id"),
        "intent": meaning.intent,
        "votes": [{"poll": vote.poll, "choice": vote.choice} for vote in meaning.votes],
        "topic_text": meaning.topic_text or None,
        "number": meaning.number or None,
        "language": meaning.language or None,
    }


def _context(data: dict[str, Any]) -> Context:
    polls = (
        PollContext(
            int(p["number"]), str(p["method"]), tuple(map(str, p.get("options") or ())), p.get("max"), p.get("scale")
        )
        for p in data.get("polls") or ()
    )
    asked = data.get("asked")
    return Context(tuple(polls), None if asked is None else int(asked))
