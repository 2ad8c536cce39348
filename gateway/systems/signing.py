"""Signatures of messages after Standard Webhooks (standardwebhooks.com, version 1), and the seal of their secrets.

Signed is `id.timestamp.body` with HMAC-SHA-256; the header says `v1,` and the signature in base64. A secret lies in the
database under a key made from SECRET_KEY, so that a copy of the database alone signs nothing.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from datetime import datetime

from nacl.secret import SecretBox

from gateway.kernel.secret import Secret
from gateway.systems.model import SECRET_MARK

_PURPOSE = "webhook secrets"


def seal(secret: str, *, secret_key: Secret) -> str:
    """A webhook's secret as it is kept."""
    return base64.b64encode(SecretBox(secret_key.derive(_PURPOSE)).encrypt(secret.encode())).decode()


def unseal(sealed: str, *, secret_key: Secret) -> str:
    """The opposite of `seal`; nacl.exceptions.CryptoError when SECRET_KEY is another than when it was sealed."""
    return SecretBox(secret_key.derive(_PURPOSE)).decrypt(base64.b64decode(sealed)).decode()


def headers(message_id: str, body: bytes, secret: str, at: datetime) -> dict[str, str]:
    """The three headers that let the receiver know who sent `body`, and when."""
    stamp = str(int(at.timestamp()))
    signed = b".".join([message_id.encode(), stamp.encode(), body])
    key = base64.b64decode(secret.removeprefix(SECRET_MARK))
    signature = base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    return {"webhook-id": message_id, "webhook-timestamp": stamp, "webhook-signature": f"v1,{signature}"}
