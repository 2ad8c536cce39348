"""The check that stands alone: Ed25519 as in RFC 8032, and a record of 10,000 entries in which nothing can be altered."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from nacl.signing import SigningKey

from gateway.record import verify
from gateway.record.model import Head, canonical_json, entry_bytes
from gateway.record.notes import head_text, signed_note, verifier_key
from gateway.record.tree import add_leaf, leaf_hash, root_of_peaks
from tests.fakes import NOON

NAME = "village.example/record"
SIZE, EARLIER = 10_000, 6_000
VILLAGE = SigningKey(b"\x07" * 32)
# RFC 8032, section 7.1: tests 1 to 3: public key, message, signature.
VECTORS = [
    (
        "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
        "",
        "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b",
    ),
    (
        "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
        "72",
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
    ),
    (
        "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
        "af82",
        "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a",
    ),
]


@dataclass(frozen=True)
class Made:
    """An export, its entries as they can be changed, and what others kept: checkpoints of an earlier and the last size."""

    lines: list[str]
    entries: list[dict[str, object]]
    key: str
    kept: dict[int, str]


def _entry(seq: int) -> tuple[str, dict[str, object]]:
    if seq == 0:
        return "record.key", {"name": NAME, "public": bytes(VILLAGE.verify_key).hex(), "follows": ""}
    return "topic.raised", {"by": "text", "n": seq % 97}


def _lines(
    entries: list[dict[str, object]], sign: Callable[[Head], str | None], earlier: int = EARLIER
) -> tuple[list[str], dict[int, str]]:
    """Entries as an export, every hash computed; `sign` makes a note or does not."""
    lines, notes, size, peaks = [], {}, 0, ()  # type: list[str], dict[int, str], int, tuple[bytes, ...]
    for fields in entries:
        leaf = leaf_hash(entry_bytes(size, fields["kind"], fields["subject"], fields["data"], NOON))
        peaks = add_leaf(peaks, size, leaf)
        size += 1
        lines.append(canonical_json({**fields, "seq": size - 1, "leaf_hash": leaf.hex()}))
        if size in (earlier, len(entries)) and (note := sign(Head(size, root_of_peaks(peaks).hex()))):
            notes[size] = note
    return [*lines, canonical_json({"size": size, "root": root_of_peaks(peaks).hex()})], notes


def _with_notes(lines: list[str], key: str, notes: dict[int, str]) -> list[str]:
    signed = [canonical_json({"key": key}), *(canonical_json({"checkpoint": note}) for note in notes.values())]
    return [*lines[:-1], *signed, lines[-1]]


def _make(size: int, earlier: int) -> Made:
    key = verifier_key(NAME, bytes(VILLAGE.verify_key).hex())
    entries: list[dict[str, object]] = []
    for seq in range(size):
        kind, data = _entry(seq)
        entries.append({"kind": kind, "subject": f"topic:{seq}", "data": data, "at": "2026-11-24T04:00:00Z"})
    lines, notes = _lines(entries, _village_signs, earlier)
    return Made(_with_notes(lines, key, notes), entries, key, notes)


@pytest.fixture(scope="module")
def made() -> Made:
    return _make(SIZE, EARLIER)


def _village_signs(head: Head) -> str:
    """The village's own signature, which a forger who sits in its office has."""
    return signed_note(head_text(NAME, head, NOON), [(NAME, VILLAGE)])


def _refused(lines: list[str], **known: list[str]) -> str:
    """What a record is refused for by somebody who has kept or knows something; "" when it holds."""
    try:
        verify.verify(lines, **known)
    except verify.RecordError as error:
        return error.code
    return ""


def test_signature_vectors_of_the_rfc_hold() -> None:
    for public, message, signature in VECTORS:
        key, text, signed = bytes.fromhex(public), bytes.fromhex(message), bytes.fromhex(signature)
        assert verify.signature_holds(key, text, signed)
        assert not verify.signature_holds(key, text + b"x", signed)
        assert not verify.signature_holds(key, text, signed[:32] + bytes(32))
        # s and s + the order of the group would both do, were it not forbidden (section 5.1.7).
        larger = int.from_bytes(signed[32:], "little") + verify.ORDER
        assert not verify.signature_holds(key, text, signed[:32] + larger.to_bytes(32, "little"))


def test_signatures_are_judged_as_libsodium_judges_them() -> None:
    dice = random.Random(8)
    for _ in range(20):
        secret, text = SigningKey(dice.randbytes(32)), dice.randbytes(dice.randrange(100))
        signed = bytearray(secret.sign(text).signature)
        assert verify.signature_holds(bytes(secret.verify_key), text, bytes(signed))
        signed[dice.randrange(64)] ^= 1 << dice.randrange(8)
        assert not verify.signature_holds(bytes(secret.verify_key), text, bytes(signed))
    for wrong in (b"", bytes(32), b"\xff" * 32):
        assert not verify.signature_holds(wrong, b"", bytes(64 if wrong else 10))


def test_whole_record_holds(made: Made) -> None:
    found = verify.verify(made.lines, kept=list(made.kept.values()), keys=[made.key])
    assert (found.size, found.checkpoints, found.keys) == (SIZE, 4, (made.key,))
    early = verify.digits_of(verify.read_note(made.kept[EARLIER]).root)
    verify.verify(made.lines, digits=[f"{early[:4]} {early[4:8]} {early[8:]}", found.digits])
    with pytest.raises(verify.RecordError, match="digits_unknown"):
        verify.verify(made.lines, digits=["0000 0000 0000"])


def test_any_flip_drop_or_swap_among_ten_thousand_entries_is_found(made: Made, figure: Callable[[str], None]) -> None:
    """One bit of every line flipped, every line left out, every two neighbours swapped, every line said twice."""
    dice, export = random.Random(6962), verify._Export()
    before = ""
    for at, line in enumerate(made.lines[:SIZE]):
        flipped = bytearray(line.encode())
        flipped[dice.randrange(len(flipped))] ^= 1 << dice.randrange(8)
        for other in (
            bytes(flipped).decode(errors="surrogateescape"),
            made.lines[at + 1] if at + 1 < SIZE else before,
            before,
        ):
            with pytest.raises((verify.RecordError, AttributeError, KeyError, TypeError, ValueError, RecursionError)):
                verify._read_line(export, other)
        verify._read_line(export, line)
        before = line
    assert len(export.leaves) == SIZE
    figure(f"record of {SIZE} entries: {3 * SIZE} flips, drops, swaps and repeats, each one found")


def _changed(one: dict[str, object]) -> dict[str, object]:
    return {**one, "subject": "topic:0"}


# What a forger does at an entry; every hash and every signature is made anew afterwards.
FORGERIES: dict[str, Callable[[list[dict[str, object]], int], list[dict[str, object]]]] = {
    "changed": lambda entries, at: [*entries[:at], _changed(entries[at]), *entries[at + 1 :]],
    "dropped": lambda entries, at: [*entries[:at], *entries[at + 1 :]],
    "reordered": lambda entries, at: [*entries[:at], entries[at + 1], entries[at], *entries[at + 2 :]],
    "inserted": lambda entries, at: [*entries[:at], _changed(entries[at]), *entries[at:]],
    "cut": lambda entries, at: entries[:at],
    "told anew": lambda entries, _: [entries[0], *map(_changed, entries[1:])],
}


def test_whoever_makes_hashes_and_signatures_anew_is_found_by_what_anybody_kept(figure: Callable[[str], None]) -> None:
    """A forger has the village's key; somebody has kept one checkpoint, or noted its twelve digits from a notice."""
    rounds, size = (60, SIZE) if "SOAK" in os.environ else (len(FORGERIES), 150)
    made, dice, earlier = _make(size, size * 3 // 5), random.Random(9162), size * 3 // 5
    for turn in range(rounds):
        name, forge = list(FORGERIES.items())[turn % len(FORGERIES)]
        kept = dice.choice(list(made.kept))
        forged, notes = _lines(forge(made.entries, dice.randrange(1, min(kept, size - 1))), _village_signs, earlier)
        lines, known = _with_notes(forged, made.key, notes), {"keys": [made.key]}
        assert _refused(lines, **known) == "", f"{name}: the record alone must not give it away"
        assert _refused(lines, **known, kept=[made.kept[kept]]) in ("checkpoint_differs", "record_cut"), name
        digits = verify.digits_of(verify.read_note(made.kept[kept]).root)
        assert _refused(lines, **known, digits=[digits]) == "digits_unknown", name
        # Without the village's key there are only the old signatures, which say what was.
        old = _with_notes(forged, made.key, made.kept)
        assert _refused(old, **known) in ("checkpoint_differs", "record_cut"), name
    figure(f"record of {size} entries: {rounds} of {rounds} forgeries with all hashes and signatures made anew found")


def test_what_was_altered_after_a_checkpoint_is_not_found_by_it() -> None:
    made = _make(60, 40)
    forged, notes = _lines(FORGERIES["changed"](made.entries, 50), _village_signs, 40)
    lines = _with_notes(forged, made.key, notes)
    assert _refused(lines, kept=[made.kept[40]]) == ""
    assert _refused(lines, kept=[made.kept[60]]) == "checkpoint_differs"


def test_signatures_and_keys_of_others_are_found() -> None:
    made = _make(60, 40)
    other = SigningKey(b"\x08" * 32)
    forged, notes = _lines(made.entries, lambda head: signed_note(head_text(NAME, head, NOON), [(NAME, other)]), 40)
    key = verifier_key(NAME, bytes(other.verify_key).hex())
    with pytest.raises(verify.RecordError, match="key_wrong"):
        verify.verify(_with_notes(forged, key, notes))
    with pytest.raises(verify.RecordError, match="signature_unknown"):
        verify.verify(_with_notes(forged, made.key, notes))
    with pytest.raises(verify.RecordError, match="signature_unknown"):
        verify.verify(made.lines, kept=[notes[60]])
    broken = made.kept[60].replace("at 2026", "at 2025")
    with pytest.raises(verify.RecordError, match="signature_wrong"):
        verify.verify(made.lines, kept=[broken])
    for wrong in ("", "a\n\nb\n", made.kept[60].rstrip("\n"), made.kept[60].replace("\n60\n", "\n060\n")):
        with pytest.raises(verify.RecordError, match="checkpoint_wrong"):
            verify.verify(made.lines, kept=[wrong])
    with pytest.raises(verify.RecordError, match="key_wrong"):
        verify.verify(made.lines, keys=[made.key.replace("+", "+0", 1)])


def test_script_needs_nothing_but_python(made: Made, tmp_path: Path) -> None:
    script, file, kept = tmp_path / "verify.py", tmp_path / "record.jsonl", tmp_path / "kept.txt"
    script.write_bytes(Path(verify.__file__).read_bytes())
    kept.write_text(made.kept[EARLIER], encoding="utf-8")
    for lines, status in ((made.lines, 0), (made.lines[:-2], 1), (made.lines[: EARLIER - 1], 1)):
        file.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
        command = [sys.executable, "-I", "-S", str(script), str(file), "--checkpoint", str(kept), "--key", made.key]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert done.returncode == status
        assert bool(done.stderr) is bool(status)
    file.with_suffix(".json").write_text(json.dumps({"path": []}), encoding="utf-8")
    assert verify.main([str(file.with_suffix(".json"))]) == 1
