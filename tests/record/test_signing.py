"""The record signed: after every stage, once a day, over a change of keys; proofs from stored subtrees; commitments."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from gateway.kernel.ports import Ports
from gateway.record import signing, store, tree, verify, views
from gateway.record.actions import append, forget_words
from gateway.record.exporting import export_lines, proof_of_consistency, proof_of_inclusion
from gateway.record.model import commitment, digits_of
from gateway.record.notes import verifier_key
from tests.fakes import NOON, StillClock

ORIGIN = "village.example/record"


def _append(ports: Ports, *kinds: str) -> None:
    with ports.db.work() as tx:
        for n, kind in enumerate(kinds):
            append(tx, kind, f"topic:{n}", {"n": n}, at=NOON)
        tx.commit()


def _signed(ports: Ports) -> list[tuple[int, str]]:
    with ports.db.read() as conn:
        return [(one.size, one.occasion) for one in views.checkpoints(conn)]


def test_empty_record_is_not_signed(ports: Ports) -> None:
    assert signing.sign_due(ports, ORIGIN) == 0
    assert _signed(ports) == []


def test_every_stage_is_signed_once_and_what_lies_between_once_a_day(ports: Ports, clock: StillClock) -> None:
    _append(ports, "topic.raised", "topic.supported", "topic.supported", "topic.accepted", "topic.supported")
    signing.sign_due(ports, ORIGIN)
    stages = [(1, "topic.raised"), (4, "topic.accepted"), (6, "record.key")]
    assert _signed(ports) == stages
    assert signing.sign_due(ports, ORIGIN) == 0
    _append(ports, "topic.supported")
    assert signing.sign_due(ports, ORIGIN) == 0
    clock.advance(days=1)
    assert signing.sign_due(ports, ORIGIN) == 1
    assert signing.sign_due(ports, ORIGIN) == 0
    clock.advance(days=1)
    assert signing.sign_due(ports, ORIGIN) == 0
    assert _signed(ports) == [*stages, (7, "daily")]
    found = verify.verify(export_lines(ports.db))
    assert (found.size, found.checkpoints) == (7, 4)


def test_two_clocks_sign_once(ports: Ports) -> None:
    _append(ports, *["topic.raised"] * 20)
    signing.sign_due(ports, ORIGIN)
    _append(ports, *["topic.raised"] * 20)
    with ThreadPoolExecutor(2) as pool:
        made = list(pool.map(lambda _: signing.sign_due(ports, ORIGIN), range(2)))
    assert sum(made) == 20
    assert len(_signed(ports)) == 41
    assert verify.verify(export_lines(ports.db)).checkpoints == 41


def test_new_key_is_signed_in_by_the_old_one_which_then_dies(ports: Ports) -> None:
    _append(ports, "topic.raised")
    signing.sign_due(ports, ORIGIN)
    with ports.db.read() as conn:
        (old,) = views.keys(conn)
    new = signing.rotate_key(ports, ORIGIN)
    assert (new.number, new.follows) == (2, old.public)
    with ports.db.read() as conn:
        note = verify.read_note(views.checkpoints(conn)[-1].note)
        assert views.keys(conn)[0].until is not None
    both = [verifier_key(key.name, key.public) for key in (old, new)]
    assert verify.signers_of(note, both) == both
    assert ports.vault.names("record") == [f"record/{new.public[:32]}"]
    _append(ports, "topic.raised")
    signing.sign_due(ports, ORIGIN)
    assert verify.verify(export_lines(ports.db)).keys == tuple(sorted(both))
    with ports.db.read() as conn:
        assert views.keys(conn)[-1] == new


def test_key_that_the_vault_has_lost_is_replaced_and_the_record_says_so(ports: Ports) -> None:
    _append(ports, "topic.raised")
    signing.sign_due(ports, ORIGIN)
    (name,) = ports.vault.names("record")
    ports.vault.destroy(name)
    _append(ports, "topic.raised")
    signing.sign_due(ports, ORIGIN)
    with ports.db.read() as conn:
        first, second = views.keys(conn)
        named = [entry.data["follows"] for entry in views.entries(conn) if entry.kind == "record.key"]
    assert named == ["", first.public]
    assert second.follows == first.public
    assert verify.verify(export_lines(ports.db)).checkpoints == 4


def test_proofs_over_stored_subtrees_are_those_of_the_whole_tree(ports: Ports) -> None:
    """At sizes about the width of a row of stored hashes."""
    _append(ports, *["topic.supported"] * 1030)
    with ports.db.read() as conn:
        leaves = [bytes.fromhex(entry.leaf_hash) for entry in views.entries(conn, 0, 2000)]
        for size in (1, 255, 256, 257, 511, 512, 513, 1029, 1030):
            assert views.root_at(conn, size) == tree.root(leaves[:size]).hex()
            for seq in {0, size // 2, size - 1, min(255, size - 1), min(256, size - 1)}:
                proof = [step.hex() for step in tree.inclusion_proof(leaves[:size], seq)]
                assert views.inclusion(conn, seq, size) == proof
                steps = [step.hex() for step in tree.consistency_proof(leaves[:size], seq + 1)]
                assert views.consistency(conn, seq + 1, size) == steps
        assert views.head(conn).root == views.root_at(conn, 1030)
        # More than one statement reads.
        spans = [(0, 4 * n, 4 * n + 1) for n in range(5)]
        assert store.select_spans(conn, spans) == {(0, 4 * n): leaves[4 * n] for n in range(5)}


def test_proofs_check_alone_and_altered_ones_do_not(ports: Ports) -> None:
    _append(ports, *["topic.raised"] * 6, "topic.supported")
    signing.sign_due(ports, ORIGIN)
    with ports.db.read() as conn:
        proofs = [proof_of_inclusion(conn, 2), proof_of_inclusion(conn, 2, 5), proof_of_consistency(conn, 3)]
        keys = [verifier_key(key.name, key.public) for key in views.keys(conn)]
    for proof in proofs:
        assert verify.verify_proof(proof, keys)
        step = proof["path"][0]
        broken = [step[:-1] + ("0" if step[-1] != "0" else "1"), *proof["path"][1:]]
        for wrong in ({"path": broken}, {"path": []}, {"path": [*proof["path"], step]}, {"checkpoint": "x"}):
            with pytest.raises(verify.RecordError):
                verify.verify_proof(proof | wrong, keys)
    entry = proofs[0]["entry"]
    for name, value in (("subject", "topic:9"), ("seq", 3), ("data", {"n": 3}), ("at", "2026-11-24T04:00:01Z")):
        with pytest.raises(verify.RecordError, match="proof_wrong"):
            verify.verify_proof(proofs[0] | {"entry": entry | {name: value}})
    with pytest.raises(verify.RecordError, match="proof_wrong"):
        verify.verify_proof(proofs[2] | {"old_size": 4})
    other = verifier_key("x", "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a")
    with pytest.raises(verify.RecordError, match="signature_unknown"):
        verify.verify_proof(proofs[0], [other])


def test_stamp_is_the_same_until_the_next_stage_and_is_that_of_a_checkpoint(ports: Ports) -> None:
    _append(ports, "topic.raised")
    with ports.db.read() as conn:
        assert views.stamp(conn, "topic:7") is None
        first = views.stamp(conn, "topic:0")
    _append(ports, "topic.supported", "topic.raised")
    signing.sign_due(ports, ORIGIN)
    with ports.db.read() as conn:
        assert views.stamp(conn, "topic:0") == first
        assert first
        assert views.checkpoint(conn, first.size).digits == first.digits == digits_of(views.root_at(conn, 1))
        assert [one.size for one in views.checkpoints_by_digits(conn, f" {first.digits[:4]} {first.digits[4:]}")] == [1]


def test_commitment_is_shown_by_its_salt_and_mute_without_it(ports: Ports) -> None:
    with ports.db.work() as tx:
        for _ in range(2):
            append(tx, "topic.raised", "topic:1", {"by": "text"}, at=NOON, words={"text": "村口路灯坏了"})
        tx.commit()
    with ports.db.read() as conn:
        one, two = views.entries(conn)
        salt = bytes.fromhex(views.salts(conn, one.seq)["text"])
    assert one.data["commitments"]["text"] == commitment(salt, "村口路灯坏了")
    assert one.data["commitments"] != two.data["commitments"]
    assert commitment(salt, "村口路灯坏") != one.data["commitments"]["text"]
    with ports.db.work() as tx:
        assert forget_words(tx, "topic:1", "topic.raised") == 2
        tx.commit()
    with ports.db.read() as conn:
        assert views.salts(conn, one.seq) == {}
        assert views.entries(conn) == [one, two]
    assert verify.verify(export_lines(ports.db)).size == 2
