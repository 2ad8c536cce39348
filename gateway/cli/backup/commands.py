"""The two commands. What may have gone on after the copy was taken is never done a second time."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import click

from gateway.cli.backup.archive import load_rows, unpack_recordings, write_backup
from gateway.cli.terminal import Terminal, standalone
from gateway.conversation.restoring import after_restore
from gateway.erasure.actions import clean_up, erase_again

RECORDINGS = "recordings"


@standalone("backup", example="xiangyin backup /backups/xiangyin-2026-11-25.tar.gz")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
def backup(terminal: Terminal, file: Path) -> None:
    """Write a consistent copy of everything but the vault and SECRET_KEY; people go on voting meanwhile."""
    gateway = terminal.gateway
    recordings = terminal.settings.data_dir / RECORDINGS
    manifest = write_backup(gateway.db, file, recordings, at=gateway.ports.clock.now())
    clean_up(gateway.ports, terminal.settings.data_dir / RECORDINGS)
    rows = sum(manifest.rows.values())
    data = {"file": str(file), "rows": rows, "taken_at": manifest.taken_at, "revision": manifest.revision}
    terminal.show(data, terminal.say("staff_backup.written", file=str(file), rows=rows))


@standalone("restore", example="xiangyin restore /backups/xiangyin-2026-11-25.tar.gz")
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
def restore(terminal: Terminal, file: Path) -> None:
    """Put a copy into an empty, upgraded database.

    Polls that may have closed since are void and never open again; what may have been sent since is asked about at the
    carrier before anything goes out.
    """
    gateway = terminal.gateway
    with gateway.db.work() as tx:
        manifest = load_rows(tx, file)
        found = after_restore(
            tx, datetime.fromisoformat(manifest.taken_at), ports=gateway.ports, wording=gateway.wording
        )
        erased = erase_again(tx, ports=gateway.ports, by="restore")
        tx.commit()
    unpack_recordings(file, terminal.settings.data_dir / RECORDINGS)
    rows = sum(manifest.rows.values())
    polls = " ".join(map(str, found.void_polls)) or "–"
    data = {
        "rows": rows,
        "taken_at": manifest.taken_at,
        "void_polls": found.void_polls,
        "asked_about": found.asked_about,
        "notices_kept_back": found.notices,
        "alarms_silenced": found.silenced.alarms + found.reminders,
        "questions_silenced": found.silenced.questions,
        "judgements_lost": found.silenced.lost,
        "consultations_lost": found.lost_consultations,
        "erased_again": erased,
    }
    values: dict[str, str | int] = {
        "at": manifest.taken_at,
        "polls": polls,
        "asked": found.asked_about,
        "notices": found.notices,
        "alarms": found.silenced.alarms + found.reminders,
        "questions": found.silenced.questions,
        "lost": found.silenced.lost + len(found.lost_consultations),
    }
    said = terminal.say("staff_backup.restored", rows=rows, **values)
    terminal.show(data, said)
