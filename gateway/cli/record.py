"""`xiangyin record`: the public record as a file, and its check without this installation."""

from __future__ import annotations

from pathlib import Path

import click

from gateway.cli.terminal import Terminal, command
from gateway.kernel.errors import InputError
from gateway.record import views
from gateway.record.exporting import entry_line, head_line, verify_lines

group = click.Group("record", help="The public, tamper-evident record.")


@command(group, "export", example="xiangyin record export > record.jsonl")
def export(terminal: Terminal) -> None:
    """Print the record as JSON lines: one per entry, then the head."""
    with terminal.gateway.db.read() as conn:
        head = views.head(conn)
        for entry in views.all_entries(conn, head.size):
            click.echo(entry_line(entry))
    click.echo(head_line(head))


@command(group, "verify", example="xiangyin record verify record.jsonl --root 5dc9da79…")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--root", help="The root as you know it from elsewhere, e.g. from the noticeboard.")
def verify(terminal: Terminal, file: Path, root: str | None) -> None:
    """Recompute every hash and the root of an exported record; needs nothing but the file."""
    try:
        with file.open(encoding="utf-8") as lines:
            head = verify_lines(lines)
    except UnicodeDecodeError:
        raise InputError("record_line_wrong", line=1) from None
    if root is not None and root.lower() != head.root:
        raise InputError("record_root_differs")
    data = {"valid": True, "size": head.size, "root": head.root}
    terminal.show(data, terminal.say("staff_record.valid", size=head.size, root=head.root))


@command(group, "prove", example="xiangyin record prove 12")
@click.argument("number", type=int)
def prove(terminal: Terminal, number: int) -> None:
    """Print the proof that an entry is in the record: its hash, the path of hashes, the root."""
    with terminal.gateway.db.read() as conn:
        head = views.head(conn)
        path = views.inclusion(conn, number, head.size)
        entry = views.entries(conn, number, 1)[0]
    data = {"seq": number, "leaf_hash": entry.leaf_hash, "proof": path, "size": head.size, "root": head.root}
    terminal.show(data, "\n".join([entry.leaf_hash, *path, head.root]))
