"""`xiangyin record`: the public record as a file, its check without this installation, proofs, signatures."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import click

from gateway.bootstrap import record_origin
from gateway.cli.terminal import Terminal, command
from gateway.kernel.errors import InputError, NotFound
from gateway.record import signing, verify, views
from gateway.record.exporting import export_lines, proof_of_consistency, proof_of_inclusion, verify_lines
from gateway.record.model import grouped
from gateway.record.notes import verifier_key

group = click.Group("record", help="The public, tamper-evident record.")
_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@command(group, "export", example="xiangyin record export --to folder")
@click.option(
    "--to", "folder", type=click.Path(file_okay=False, path_type=Path), help="Write record.jsonl and its check."
)
def export(terminal: Terminal, folder: Path | None) -> None:
    """Print the record (JSON lines: entries, keys, checkpoints, head), or write it beside the script that checks it."""
    lines = export_lines(terminal.gateway.db)
    if folder is None:
        for line in lines:
            click.echo(line)
        return
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "record.jsonl").open("w", encoding="utf-8", newline="\n") as file:
        file.writelines(f"{line}\n" for line in lines)
    shutil.copyfile(verify.__file__, folder / "verify.py")
    terminal.show({"folder": str(folder)}, terminal.say("staff_record.exported", folder=str(folder)))


@command(group, "verify", example="xiangyin record verify record.jsonl --checkpoint kept.txt --digits '4821 9037 5512'")
@click.argument("file", type=_FILE)
@click.option("--root", help="The root as you know it from elsewhere.")
@click.option("--checkpoint", "kept", type=_FILE, multiple=True, help="A checkpoint kept earlier; repeat for several.")
@click.option("--key", "keys", multiple=True, help="A key you know; then the file's own keys count for nothing.")
@click.option("--digits", multiple=True, help="Twelve digits of a notice.")
def verify_(
    terminal: Terminal,
    file: Path,
    *,
    root: str | None,
    kept: tuple[Path, ...],
    keys: tuple[str, ...],
    digits: tuple[str, ...],
) -> None:
    """Recompute every hash, the root and all signatures of an exported record (as `python3 verify.py FILE` does)."""
    try:
        notes = [path.read_text(encoding="utf-8") for path in kept]
        with file.open(encoding="utf-8", newline="\n") as lines:
            found = verify_lines(lines, kept=notes, keys=keys, digits=digits)
    except UnicodeDecodeError:
        raise InputError("record_line_wrong", line=1) from None
    if root is not None and root.lower() != found.root:
        raise InputError("record_root_differs")
    data = {"valid": True, **vars(found), "digits": found.digits}
    terminal.show(data, _found(terminal, found))


def _found(terminal: Terminal, found: verify.Verified) -> str:
    digits = grouped(found.digits)
    said = terminal.say("staff_record.valid", size=found.size, root=found.root, digits=digits, signed=found.checkpoints)
    return "\n".join([said, *(terminal.say("staff_record.key", public=key) for key in found.keys)])


@command(group, "prove", example="xiangyin record prove 12 > proof.json")
@click.argument("number", type=int)
@click.option("--size", type=int, help="The size of the checkpoint it shall lead to, else the newest.")
@click.option("--consistency", is_flag=True, help="Prove that the first NUMBER entries begin the checkpoint.")
def prove(terminal: Terminal, number: int, *, size: int | None, consistency: bool) -> None:
    """Print the proof that an entry is in a signed checkpoint, for `verify.py` to check."""
    with terminal.gateway.db.read() as conn:
        proof = (proof_of_consistency if consistency else proof_of_inclusion)(conn, number, size)
    entry = proof.get("entry", {"seq": number, "leaf_hash": ""})
    data = {"seq": entry["seq"], "leaf_hash": entry["leaf_hash"], "proof": proof["path"], **proof}
    terminal.show(data, json.dumps(proof, ensure_ascii=False, indent=1))


@command(group, "checkpoint", example="xiangyin record checkpoint > kept.txt")
def checkpoint(terminal: Terminal) -> None:
    """Sign what is not signed yet and print the newest checkpoint: what to keep, and to print on the noticeboard."""
    signing.sign_due(terminal.gateway.ports, record_origin(terminal.settings))
    with terminal.gateway.db.read() as conn:
        found = views.newest_checkpoint(conn)
    if found is None:
        raise NotFound("record_checkpoint_unknown")
    data = {"size": found.size, "root": found.root, "digits": found.digits, "checkpoint": found.note}
    terminal.show(data, found.note.rstrip("\n"))


@command(group, "rotate-key", example="xiangyin record rotate-key")
def rotate_key(terminal: Terminal) -> None:
    """Sign with a new key from now on: the old key signs it in, then dies in the vault."""
    key = signing.rotate_key(terminal.gateway.ports, record_origin(terminal.settings))
    text = verifier_key(key.name, key.public)
    terminal.show({"number": key.number, "key": text}, terminal.say("staff_record.rotated", public=text))
