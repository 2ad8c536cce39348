"""A roll from a file, in two steps: what is in it and what is wrong with it; then everybody is entered, or nobody.

Between the steps the file lies sealed under DATA_DIR for an hour at most, under a name that only this session knows.
"""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from flask import Blueprint, abort, render_template, request
from nacl.exceptions import CryptoError
from nacl.secret import SecretBox

from gateway.kernel.errors import InputError
from gateway.record.actions import append
from gateway.roll import actions, views
from gateway.roll.entering import find_clashes, give_pins
from gateway.roll.explaining import explain_problem
from gateway.roll.importing import ParsedRoll, Problem, parse_roll
from gateway.roll.model import ChangeKind
from gateway.web.console.duties import Duty, needs
from gateway.web.console.guard import here, signed_in, speaker
from gateway.web.console.roll import region_here
from gateway.web.pages.surroundings import this_gateway

KEPT_SECONDS = 3600
NAME_BYTES = 16
MOST_SHOWN = 50

blueprint = Blueprint("roll_file", __name__, url_prefix="/c/<code>/roll/file")


@blueprint.get("")
@needs(Duty.ROLL_CHANGE)
def choose() -> str:
    """The form for a file."""
    return render_template("console/roll_file.html", parsed=None)


@blueprint.post("")
@needs(Duty.ROLL_CHANGE)
def preview() -> str:
    """What is in a file: how many people, the first of them, what is wrong and what is odd."""
    upload = request.files.get("file")
    data = upload.read() if upload else b""
    if not data:
        raise InputError("file_missing")
    parsed, problems = _check(data)
    return render_template(
        "console/roll_file.html",
        parsed=parsed,
        problems=_explained(problems),
        warnings=_explained(parsed.warnings),
        guests=request.form.get("guests") == "yes",
        key="" if problems else _keep(data),
        more=max(0, len(problems) - MOST_SHOWN),
    )


@blueprint.post("/entry")
@needs(Duty.ROLL_CHANGE)
def enter() -> str:
    """Enter everybody; the letters with the codes and PINs made now are shown this once, to be printed."""
    gateway, key = this_gateway(), request.form.get("key", "")
    ports, now = gateway.ports, gateway.ports.clock.now()
    parsed, problems = _check(_take(key))
    if problems:
        raise InputError("roll_has_problems", count=len(problems))
    parsed = replace(parsed, rows=give_pins(parsed.rows, randomness=ports.randomness, secret=ports.secret))
    guests, reason = request.form.get("guests") == "yes", request.form.get("reason", "")
    with ports.db.work() as tx:
        entered = {"randomness": ports.randomness, "secret": ports.secret, "guests": guests}
        report = actions.import_roll(tx, here().id, parsed, **entered)  # type: ignore[arg-type]
        actions.note_change(tx, here().id, ChangeKind.IMPORT, reason=reason, by=signed_in().name, at=now)
        size = views.roll_size(tx.connection, here().id)
        append(tx, "roll.imported", f"community:{here().code}", {"added": report.added, "size": size}, at=now)
        tx.commit()
    _path(key).unlink(missing_ok=True)
    return render_template("console/letters.html", letters=report.made, added=report.added)


def _check(data: bytes) -> tuple[ParsedRoll, Sequence[Problem]]:
    gateway = this_gateway()
    parsed = parse_roll(data, region=region_here(), this_year=gateway.ports.clock.now().year)
    with gateway.db.read() as conn:
        return parsed, [*parsed.problems, *find_clashes(conn, here().id, parsed)]


def _explained(problems: Sequence[Problem]) -> list[str]:
    voice = speaker()
    return [explain_problem(one, voice.wording, voice.language) for one in problems[:MOST_SHOWN]]


def _keep(data: bytes) -> str:
    key = this_gateway().ports.randomness.token(NAME_BYTES).hex()
    path = _path(key)
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    for old in path.parent.glob("*.sealed"):
        if old.stat().st_mtime < time.time() - KEPT_SECONDS:
            old.unlink(missing_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(_box().encrypt(data))
    return key


def _take(key: str) -> bytes:
    try:
        return bytes(_box().decrypt(_path(key).read_bytes()))
    except (FileNotFoundError, CryptoError):
        raise InputError("file_missing") from None


def _path(key: str) -> Path:
    if len(key) != 2 * NAME_BYTES or not set(key) <= set("0123456789abcdef"):
        abort(404)
    # The community is in the name: a file for one village is entered into no other.
    return this_gateway().settings.data_dir / "uploads" / f"{here().code}.{key}.sealed"


def _box() -> SecretBox:
    return SecretBox(this_gateway().ports.secret.derive("roll upload"))
