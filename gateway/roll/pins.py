"""How PINs are kept: argon2id over a keyed hash, so that neither a stolen database nor a stolen secret alone tells one.

Honest about what this protects. A PIN has four digits, so whoever holds the database *and* the installation's secret
finds every one of them in seconds or minutes, at any cost parameters. Against whoever holds only the database (a
backup, a copied disk) the secret key is what protects: 256 bits that are not in the database. So the argon2 cost is
kept low on purpose (256 KiB, one pass, about 0.1 ms): a higher one would make the import of a township's roll take
minutes and add nothing. Against guessing by telephone the lock after five wrong tries protects, and only that.
"""

from __future__ import annotations

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from gateway.kernel.randomness import Randomness
from gateway.kernel.secret import Secret

PURPOSE = "pin"


def hash_pin(pin: str, *, randomness: Randomness, secret: Secret) -> str:
    """What is kept of `pin`: an encoded argon2id hash of about 90 characters."""
    return _hasher().hash(secret.hash(PURPOSE, pin), salt=randomness.token(16))


def is_pin(pin: str, pin_hash: str, *, secret: Secret) -> bool:
    """Whether `pin_hash` was made from `pin` with this secret."""
    try:
        return _hasher().verify(pin_hash, secret.hash(PURPOSE, pin))
    except (VerificationError, InvalidHashError):
        return False


def _hasher() -> PasswordHasher:
    return PasswordHasher(time_cost=1, memory_cost=256, parallelism=1)
