"""The record over HTTP, for programs and for sceptics: entries, checkpoints, proofs, the whole file, and its check.

Every proof carries the signed checkpoint that it leads to, so that `verify.py` can check the answer as it came.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from flask import Blueprint, Response, abort, current_app, jsonify, request

from gateway.kernel.errors import NotFound
from gateway.record import verify, views
from gateway.record.exporting import entry_fields, export_lines, proof_of_consistency, proof_of_inclusion
from gateway.record.model import Checkpoint, Key, digits_of, moment_text
from gateway.record.notes import verifier_key
from gateway.web.pages.surroundings import this_gateway

MOST_ENTRIES = 500
MOST_CHECKPOINTS = 200
KEPT_SECONDS = 15

blueprint = Blueprint("record", __name__, url_prefix="/record")


@blueprint.get("/")
def start() -> Response:
    """How the record stands, what it is signed with, and where everything is."""
    with this_gateway().db.read() as conn:
        head, keys, newest = views.head(conn), views.keys(conn), views.newest_checkpoint(conn)
    links = {rule.endpoint.partition(".")[2]: rule.rule for rule in _rules()}
    answer = {"size": head.size, "root": head.root, "digits": digits_of(head.root)}
    return jsonify(**answer, checkpoint=newest and _checkpoint(newest), keys=[_key(key) for key in keys], links=links)


@blueprint.get("/head")
def head() -> Response:
    """Size, root and twelve digits of the record at this moment; it may not be signed yet."""
    with this_gateway().db.read() as conn:
        found = views.head(conn)
    return jsonify(size=found.size, root=found.root, digits=digits_of(found.root))


@blueprint.get("/entries")
def entries() -> Response:
    """Entries from `start` on, at most `limit`; with `about`, those about one subject (`topic:13`)."""
    first, limit = _whole("start", 0), min(_whole("limit", 100), MOST_ENTRIES)
    with this_gateway().db.read() as conn:
        found = views.entries(conn, first, limit, about=request.args.get("about"))
    return jsonify(start=first, entries=[entry_fields(entry) for entry in found])


@blueprint.get("/entries/<int:seq>")
def entry(seq: int) -> Response:
    """One entry with the proof that it is in the newest checkpoint, or in the one of `size`."""
    with this_gateway().db.read() as conn:
        return jsonify(proof_of_inclusion(conn, seq, _size("size")))


@blueprint.get("/checkpoint")
def newest_checkpoint() -> Response:
    """The newest checkpoint as text: keep it, and you can show later what the record was."""
    with this_gateway().db.read() as conn:
        newest = views.newest_checkpoint(conn)
    if newest is None:
        raise NotFound("record_checkpoint_unknown")
    return _text(newest.note)


@blueprint.get("/checkpoints")
def checkpoints() -> Response:
    """Checkpoints of sizes greater than `above`, smallest first; with `digits`, those with these twelve digits."""
    digits = request.args.get("digits")
    with this_gateway().db.read() as conn:
        if digits is not None:
            found = views.checkpoints_by_digits(conn, digits)
        else:
            limit = min(_whole("limit", 100), MOST_CHECKPOINTS)
            found = views.checkpoints(conn, above=_whole("above", 0), limit=limit)
    return jsonify(checkpoints=[_checkpoint(one) for one in found])


@blueprint.get("/checkpoints/<int:size>")
def checkpoint(size: int) -> Response:
    """The checkpoint of a size."""
    with this_gateway().db.read() as conn:
        return jsonify(_checkpoint(views.checkpoint(conn, size)))


@blueprint.get("/checkpoints/<int:size>.txt")
def checkpoint_text(size: int) -> Response:
    """The checkpoint of a size as text."""
    with this_gateway().db.read() as conn:
        return _text(views.checkpoint(conn, size).note)


@blueprint.get("/keys")
def keys() -> Response:
    """The keys that checkpoints were signed with, oldest first, as any verifier of signed notes takes them."""
    with this_gateway().db.read() as conn:
        return jsonify(keys=[_key(key) for key in views.keys(conn)])


@blueprint.get("/proof/inclusion")
def inclusion() -> Response:
    """The proof that entry `seq` is in the checkpoint of `size`, else in the newest."""
    with this_gateway().db.read() as conn:
        return jsonify(proof_of_inclusion(conn, _whole("seq"), _size("size")))


@blueprint.get("/proof/consistency")
def consistency() -> Response:
    """The proof that the first `from` entries begin the checkpoint of `to`, else the newest."""
    with this_gateway().db.read() as conn:
        return jsonify(proof_of_consistency(conn, _whole("from"), _size("to")))


@blueprint.get("/record.jsonl")
def export() -> Response:
    """The whole record as a file for `verify.py`, read and sent page by page."""
    return Response((f"{line}\n" for line in export_lines(this_gateway().db)), mimetype="application/jsonl")


@blueprint.get("/verify.py")
def verify_script() -> Response:
    """The one file that checks the record, as this gateway runs it."""
    return _text(Path(verify.__file__).read_text(encoding="utf-8"))


@blueprint.errorhandler(NotFound)
def nothing_there(error: NotFound) -> tuple[Response, int]:
    """What the record has not."""
    return jsonify(error=error.code), 404


@blueprint.after_request
def keep_briefly(response: Response) -> Response:
    """A short memory spares slow lines; programs of other places may read."""
    response.headers["Cache-Control"] = f"public, max-age={KEPT_SECONDS}"
    response.headers["Access-Control-Allow-Origin"] = "*"
    return response


def _rules() -> list[Any]:
    rules = current_app.url_map.iter_rules()
    return sorted((rule for rule in rules if rule.endpoint.startswith("record.")), key=lambda rule: rule.rule)


def _checkpoint(found: Checkpoint) -> dict[str, Any]:
    return {**vars(found), "at": moment_text(found.at)}


def _key(key: Key) -> dict[str, Any]:
    ends = moment_text(key.until) if key.until else None
    return {"key": verifier_key(key.name, key.public), "since": moment_text(key.since), "until": ends}


def _text(text: str) -> Response:
    return Response(text, mimetype="text/plain")


def _size(name: str) -> int | None:
    return _whole(name) if name in request.args else None


def _whole(name: str, default: int | None = None) -> int:
    """A whole number of the address; anything else, or none where one is needed, is refused with 400."""
    text = request.args.get(name, "" if default is None else str(default))
    if not (text.isascii() and text.isdigit() and len(text) <= 12):  # noqa: PLR2004  # far below any database's limit
        abort(400)
    return int(text)
