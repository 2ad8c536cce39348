"""The check of the public record: ONE file that needs nothing but Python, so that anybody can run it anywhere.

    python3 verify.py record.jsonl                          the whole record: every entry, the tree, the signatures
    python3 verify.py record.jsonl --checkpoint kept.txt    … and that it only adds to what you kept earlier
    python3 verify.py record.jsonl --digits "4821 9037 5512"    … and that it holds what the noticeboard shows
    python3 verify.py record.jsonl --key KEY                … signed with the key you know
    python3 verify.py proof.json                            one proof as the gateway gives it, without the record

It shares no line with what writes the record. Hashes and proofs: RFC 6962, section 2.1, and RFC 9162, section 2.1.3.2;
signatures: Ed25519, RFC 8032, section 5.1; signed notes: c2sp.org/signed-note. Exit status 0: all holds; 1: not.
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import json
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ENTRY_FIELDS = {"seq", "kind", "subject", "data", "at", "leaf_hash"}
NEW_KEY = "record.key"
DASH = "\u2014"
HASH_BYTES, SIGNATURE_BYTES = 32, 64


class RecordError(Exception):
    """Something does not hold: `code` says what, `line` where in the file (from 1; 0 where it is not one line)."""

    def __init__(self, code: str, line: int = 0) -> None:
        super().__init__(f"{code}{f' (line {line})' if line else ''}")
        self.code = code
        self.line = line


@dataclass(frozen=True)
class Note:
    """A signed head: size, root, the lines that are signed, and (key name, four bytes of the key, signature) each."""

    size: int
    root: bytes
    text: str
    signatures: tuple[tuple[str, bytes, bytes], ...]


@dataclass(frozen=True)
class Verified:
    """What a record really is: its size and root (hexadecimal), how many checkpoints hold, and by which keys."""

    size: int
    root: str
    checkpoints: int
    keys: tuple[str, ...]

    @property
    def digits(self) -> str:
        """The twelve digits, for comparing with paper and telephone."""
        return digits_of(bytes.fromhex(self.root))


@dataclass
class _Export:
    leaves: list[bytes] = field(default_factory=list)
    named: set[str] = field(default_factory=set)
    keys: list[str] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)
    stated: tuple[int, str] | None = None


# --- the tree ----------------------------------------------------------------------------------------------------


def leaf_hash(data: bytes) -> bytes:
    """The hash of an entry."""
    return hashlib.sha256(b"\x00" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """The hash of two subtrees."""
    return hashlib.sha256(b"\x01" + left + right).digest()


def roots_at(leaves: Sequence[bytes], sizes: Iterable[int]) -> dict[int, bytes]:
    """The roots over the first so many leaves, for several sizes, in one pass."""
    wanted, peaks, found = set(sizes), list[tuple[int, bytes]](), {}
    if 0 in wanted:
        found[0] = hashlib.sha256(b"").digest()
    for size, leaf in enumerate(leaves, start=1):
        peaks.append((1, leaf))
        while len(peaks) > 1 and peaks[-1][0] == peaks[-2][0]:
            width, right = peaks.pop()
            peaks[-1] = (2 * width, node_hash(peaks[-1][1], right))
        if size in wanted:
            root = peaks[-1][1]
            for _, left in reversed(peaks[:-1]):
                root = node_hash(left, root)
            found[size] = root
    return found


def root_from_path(leaf: bytes, index: int, size: int, path: Sequence[bytes]) -> bytes:
    """The root that a proof of inclusion leads to (RFC 9162, 2.1.3.2). RecordError("proof_wrong")."""
    if not 0 <= index < size:
        raise RecordError("proof_wrong")
    found = leaf
    for comes_before, step in _turns(index, size - 1, path):
        found = node_hash(step, found) if comes_before else node_hash(found, step)
    return found


def roots_from_proof(old_size: int, size: int, old_root: bytes, path: Sequence[bytes]) -> tuple[bytes, bytes]:
    """The older and the newer root that a proof of consistency leads to (RFC 9162, 2.1.4.2). RecordError as above."""
    if not 0 < old_size <= size or (old_size == size) != (not path):
        raise RecordError("proof_wrong")
    if old_size == size:
        return old_root, old_root
    # An older tree that is one complete subtree is itself the first step.
    old, *steps = path if old_size & (old_size - 1) else (old_root, *path)
    at, last, new = old_size - 1, size - 1, old
    while at & 1:
        at, last = at >> 1, last >> 1
    for comes_before, step in _turns(at, last, steps):
        old, new = (node_hash(step, old), node_hash(step, new)) if comes_before else (old, node_hash(new, step))
    return old, new


def _turns(at: int, last: int, path: Sequence[bytes]) -> Iterator[tuple[bool, bytes]]:
    """Each step of a path, and whether it comes before (left of) what is known so far; to the root and no further."""
    for step in path:
        if last == 0 or len(step) != HASH_BYTES:
            raise RecordError("proof_wrong")
        comes_before = bool(at & 1) or at == last
        while comes_before and at and not at & 1:
            at, last = at >> 1, last >> 1
        at, last = at >> 1, last >> 1
        yield comes_before, step
    if last:
        raise RecordError("proof_wrong")


def digits_of(root: bytes) -> str:
    """The twelve digits of a root: the last twelve of the number it is."""
    return f"{int.from_bytes(root, 'big') % 10**12:012d}"


# --- Ed25519 (RFC 8032, section 5.1) -----------------------------------------------------------------------------

P = 2**255 - 19
ORDER = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, -1, P) % P
ROOT_OF_MINUS_ONE = pow(2, (P - 1) // 4, P)
# Points are (x, y, z, t) with x/z, y/z and xy = tz (section 5.1.4).
Point = tuple[int, int, int, int]
NEUTRAL: Point = (0, 1, 1, 0)


def add(one: Point, two: Point) -> Point:
    """The sum of two points of the curve."""
    a = (one[1] - one[0]) * (two[1] - two[0]) % P
    b = (one[1] + one[0]) * (two[1] + two[0]) % P
    c, d = 2 * one[3] * two[3] * D % P, 2 * one[2] * two[2] % P
    e, f, g, h = b - a, d - c, d + c, b + a
    return (e * f % P, g * h % P, f * g % P, e * h % P)


def multiply(times: int, point: Point) -> Point:
    """A point added to itself so many times."""
    found = NEUTRAL
    while times:
        if times & 1:
            found = add(found, point)
        point, times = add(point, point), times >> 1
    return found


def point_from(data: bytes) -> Point | None:
    """The point that 32 bytes stand for (section 5.1.3); None when they stand for none."""
    y = int.from_bytes(data, "little")
    sign, y = y >> 255, y & ((1 << 255) - 1)
    if y >= P:
        return None
    square = (y * y - 1) * pow(D * y * y + 1, -1, P) % P
    x = pow(square, (P + 3) // 8, P)
    if (x * x - square) % P:
        x = x * ROOT_OF_MINUS_ONE % P
    if (x * x - square) % P or (x == 0 and sign):
        return None
    x = P - x if x & 1 != sign else x
    return (x, y, 1, x * y % P)


_BASE = point_from((4 * pow(5, -1, P) % P).to_bytes(32, "little"))


def signature_holds(public: bytes, message: bytes, signature: bytes) -> bool:
    """Whether `signature` (64 bytes) is that of `message` by the owner of `public` (32 bytes)."""
    if len(public) != HASH_BYTES or len(signature) != SIGNATURE_BYTES:
        return False
    key, start = point_from(public), point_from(signature[:32])
    scalar = int.from_bytes(signature[32:], "little")
    if key is None or start is None or scalar >= ORDER or _BASE is None:
        return False
    digest = hashlib.sha512(signature[:32] + public + message).digest()
    left = multiply(scalar, _BASE)
    right = add(start, multiply(int.from_bytes(digest, "little") % ORDER, key))
    return (left[0] * right[2] - right[0] * left[2]) % P == 0 == (left[1] * right[2] - right[1] * left[2]) % P


# --- signed notes ------------------------------------------------------------------------------------------------


def read_key(text: str) -> tuple[str, bytes, bytes]:
    """Name, key id and public key of a verifier key `name+id+base64`. RecordError("key_wrong")."""
    try:
        name, stated, data = text.strip().split("+", 2)
        raw = base64.b64decode(data, validate=True)
        marked = hashlib.sha256(name.encode() + b"\n" + raw).digest()[:4]
    except ValueError:
        raise RecordError("key_wrong") from None
    if raw[:1] != b"\x01" or marked.hex() != stated:
        raise RecordError("key_wrong")
    return name, marked, raw[1:]


def read_note(note: str) -> Note:
    """A checkpoint as text. RecordError("checkpoint_wrong")."""
    try:
        body, signatures = note.split("\n\n")
        _, size, root, *_ = body.split("\n")
        found = [_read_signature(line) for line in signatures.split("\n")[:-1]]
        parsed = Note(int(size), base64.b64decode(root, validate=True), body + "\n", tuple(found))
    except ValueError:
        raise RecordError("checkpoint_wrong") from None
    if not found or not note.endswith("\n") or size != str(parsed.size) or len(parsed.root) != HASH_BYTES:
        raise RecordError("checkpoint_wrong")
    return parsed


def _read_signature(line: str) -> tuple[str, bytes, bytes]:
    dash, name, data = line.split(" ")
    raw = base64.b64decode(data, validate=True)
    if dash != DASH or base64.b64encode(raw).decode() != data:
        raise ValueError(line)
    return name, raw[:4], raw[4:]


def signers_of(note: Note, keys: Iterable[str]) -> list[str]:
    """Those of `keys` that signed the note. RecordError("signature_wrong") when one of them signed something else."""
    known = {(name, marked): (public, key) for key in keys for name, marked, public in [read_key(key)]}
    found = []
    for name, marked, signature in note.signatures:
        if (name, marked) in known:
            public, key = known[name, marked]
            if not signature_holds(public, note.text.encode(), signature):
                raise RecordError("signature_wrong")
            found.append(key)
    return found


# --- the export --------------------------------------------------------------------------------------------------


def canonical(value: Any) -> str:
    """RFC 8785 for what the record holds: words, whole numbers, true, false, null, lists, objects."""
    return json.dumps(_sorted(value), ensure_ascii=False, separators=(",", ":"), allow_nan=False)


def _sorted(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _sorted(value[key]) for key in sorted(value, key=lambda key: key.encode("utf-16-be"))}
    return [_sorted(item) for item in value] if isinstance(value, list) else value


def verify(
    lines: Iterable[str], *, kept: Sequence[str] = (), keys: Sequence[str] = (), digits: Sequence[str] = ()
) -> Verified:
    """Check a whole exported record; RecordError at the first thing that does not hold.

    `kept` are checkpoints (their text) that somebody kept earlier, `keys` the verifier keys that somebody knows: then
    those of the file count for nothing. `digits` are twelve digits each, as printed on a notice.
    """
    export = _read(lines)
    size = len(export.leaves)
    trusted = list(keys) or export.keys
    mine = [read_note(one) for one in kept]
    notes = export.notes + mine
    if any(note.size > size for note in notes):
        raise RecordError("record_cut")
    roots = roots_at(export.leaves, {size, *(note.size for note in notes)})
    if export.stated != (size, roots[size].hex()):
        raise RecordError("head_wrong" if export.stated else "head_missing")
    signed_by = set()
    for note in notes:
        if note.root != roots[note.size]:
            raise RecordError("checkpoint_differs")
        signers = signers_of(note, trusted)
        if not signers and (note in mine or not keys):
            raise RecordError("signature_unknown")
        signed_by.update(signers)
    _find_digits(export.leaves, roots.values(), digits)
    return Verified(size, roots[size].hex(), len(notes), tuple(sorted(signed_by)))


def _find_digits(leaves: Sequence[bytes], known: Iterable[bytes], digits: Sequence[str]) -> None:
    """What a notice shows is a root of this record: a checkpoint's, or else that of any of its beginnings."""
    missing = {"".join(one.split()) for one in digits} - {digits_of(root) for root in known}
    if missing and missing - {digits_of(root) for root in roots_at(leaves, range(len(leaves) + 1)).values()}:
        raise RecordError("digits_unknown")


def _read(lines: Iterable[str]) -> _Export:
    export = _Export()
    for number, line in enumerate(lines, start=1):
        if export.stated is not None:
            raise RecordError("line_wrong", number)
        try:
            _read_line(export, line.removesuffix("\n"))
        except (AttributeError, KeyError, TypeError, ValueError, RecursionError):
            raise RecordError("line_wrong", number) from None
        except RecordError as error:
            raise RecordError(error.code, number) from None
    return export


def _read_line(export: _Export, line: str) -> None:
    fields = json.loads(line)
    if canonical(fields) != line:
        raise ValueError(line)
    if fields.keys() == ENTRY_FIELDS:
        _read_entry(export, fields)
    elif fields.keys() == {"key"}:
        # A key signs only if the record itself names it.
        if read_key(fields["key"])[2].hex() not in export.named:
            raise RecordError("key_wrong")
        export.keys.append(fields["key"])
    elif fields.keys() == {"checkpoint"}:
        export.notes.append(read_note(fields["checkpoint"]))
    elif fields.keys() == {"size", "root"}:
        export.stated = fields["size"], fields["root"]
    else:
        raise ValueError(line)


def _read_entry(export: _Export, fields: dict[str, Any]) -> None:
    leaf = _leaf_of(fields)
    if fields["seq"] != len(export.leaves) or fields["leaf_hash"] != leaf.hex() or export.keys or export.notes:
        raise ValueError(fields["seq"])
    export.leaves.append(leaf)
    if fields["kind"] == NEW_KEY:
        export.named.add(fields["data"]["public"])


def _leaf_of(entry: dict[str, Any]) -> bytes:
    """The leaf hash of an entry: of all its fields but the hash itself."""
    return leaf_hash(canonical({name: entry[name] for name in ENTRY_FIELDS - {"leaf_hash"}}).encode())


# --- one proof ---------------------------------------------------------------------------------------------------


def verify_proof(proof: dict[str, Any], keys: Sequence[str] = ()) -> str:
    """Check an answer of `/record/entries/N` or `/record/proof/…`; what it shows, in words.

    The checkpoint in it must be signed by one of `keys` where they are given, else by a key in the answer. Where the
    answer has none, because the record is not signed so far yet, the words say so. RecordError("proof_wrong") and those
    of notes.
    """
    try:
        path = [bytes.fromhex(step) for step in proof["path"]]
        signed = read_note(proof["checkpoint"]) if proof["checkpoint"] or keys else None
        note = signed or Note(proof["size"], bytes.fromhex(proof["root"]), "", ())
        shown = (_consistency if "old_size" in proof else _inclusion)(proof, path, note)
        trusted = list(keys) or list(proof["keys"])
    except (AttributeError, KeyError, TypeError, ValueError):
        raise RecordError("proof_wrong") from None
    if signed is None:
        return f"{shown}; this is not signed yet: compare the digits {digits_of(note.root)} with others"
    if not signers_of(note, trusted):
        raise RecordError("signature_unknown")
    return shown


def _inclusion(proof: dict[str, Any], path: Sequence[bytes], note: Note) -> str:
    entry = proof["entry"]
    if root_from_path(_leaf_of(entry), entry["seq"], note.size, path) != note.root:
        raise RecordError("proof_wrong")
    return f"entry {entry['seq']} is in the record of {note.size}"


def _consistency(proof: dict[str, Any], path: Sequence[bytes], note: Note) -> str:
    old_size, old_root = proof["old_size"], bytes.fromhex(proof["old_root"])
    if roots_from_proof(old_size, note.size, old_root, path) != (old_root, note.root):
        raise RecordError("proof_wrong")
    return f"the record of {note.size} begins with that of {old_size}, {digits_of(old_root)}"


def main(arguments: Sequence[str] | None = None) -> int:
    """The command."""
    parser = argparse.ArgumentParser(description="Check the public record.")
    parser.add_argument("file", type=Path, help="the exported record, or a proof")
    parser.add_argument("--checkpoint", type=Path, action="append", default=[], help="a checkpoint you kept earlier")
    parser.add_argument("--key", action="append", default=[], help="a key you know: name+id+base64")
    parser.add_argument("--digits", action="append", default=[], help="twelve digits of a notice")
    asked = parser.parse_args(arguments)
    try:
        return _check(asked)
    except (RecordError, OSError, UnicodeDecodeError) as error:
        sys.stderr.write(f"DOES NOT HOLD: {error}\n")
        return 1


def _check(asked: argparse.Namespace) -> int:
    if asked.file.suffix == ".json":
        proof = json.loads(asked.file.read_text(encoding="utf-8"))
        sys.stdout.write(f"holds: {verify_proof(proof, asked.key)}\n")
        return 0
    kept = [path.read_text(encoding="utf-8") for path in asked.checkpoint]
    with asked.file.open(encoding="utf-8", newline="\n") as lines:
        found = verify(lines, kept=kept, keys=asked.key, digits=asked.digits)
    sys.stdout.write(
        f"holds: {found.size} entries, {found.checkpoints} checkpoints\nroot {found.root}\ndigits {found.digits}\n"
        + "".join(f"signed with {key}\n" for key in found.keys)
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
