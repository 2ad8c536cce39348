"""Checkpoints as text: a head signed with Ed25519 in the form of C2SP's signed-note and tlog-checkpoint. Pure.

    village.example/record          whose record
    1204                            how many entries
    qQ1k…=                          the root over them, base64
    at 2026-11-24T04:00:00Z         when it was signed
                                    (an empty line)
    — village.example/record 8f3a…= four bytes that name the key, and the signature over the lines above

Whoever keeps such a text can show later what the record was, and anybody can check it without us.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence
from datetime import datetime

from nacl.signing import SigningKey

from gateway.record.model import Head, moment_text

# The type of an Ed25519 key in a signed note.
_ED25519 = b"\x01"
_KEY_ID_BYTES = 4


def head_text(origin: str, head: Head, at: datetime) -> str:
    """The lines that are signed."""
    root = base64.b64encode(bytes.fromhex(head.root)).decode()
    return f"{origin}\n{head.size}\n{root}\nat {moment_text(at)}\n"


def signed_note(text: str, signers: Sequence[tuple[str, SigningKey]]) -> str:
    """`text` with a signature by each of `signers` (name of the key, key)."""
    return text + "\n" + "".join(_signature_line(text, name, key) for name, key in signers)


def verifier_key(name: str, public: str) -> str:
    """A public key (hexadecimal) as signed-note writes it: name, key id and key, to be handed to any verifier."""
    key = bytes.fromhex(public)
    return f"{name}+{key_id(name, key).hex()}+{base64.b64encode(_ED25519 + key).decode()}"


def key_id(name: str, public: bytes) -> bytes:
    """The four bytes by which a signature says whose it is."""
    return hashlib.sha256(name.encode() + b"\n" + _ED25519 + public).digest()[:_KEY_ID_BYTES]


def _signature_line(text: str, name: str, key: SigningKey) -> str:
    signature = key.sign(text.encode()).signature
    marked = key_id(name, bytes(key.verify_key)) + signature
    return f"\u2014 {name} {base64.b64encode(marked).decode()}\n"
