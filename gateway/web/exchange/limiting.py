"""How often one token may ask, over all processes: a bucket per token that fills steadily and holds a minute's worth.

Whoever asks oftener is told when to come again (429 with `Retry-After`; RFC 6585, 4), and nothing else is done for it.
The buckets lie where those of the sender do; while Redis is away each process counts for itself, more strictly.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from gateway.kernel.errors import GatewayError
from gateway.kernel.pacing import Ask, Pacer
from gateway.systems.model import Token

REQUESTS_PER_MINUTE = 600


class TooOftenError(GatewayError):
    """A token asks too often; `params["seconds"]` says when it may again."""


@dataclass(frozen=True)
class _MinuteAsk(Ask):
    """One question of a bucket that holds a minute's worth, and is full at first."""

    @property
    def reserve(self) -> float:
        """All but the one that it begins with: nobody asks it who is not urgent."""
        return self.capacity - 1

    @property
    def capacity(self) -> float:
        """A minute's worth."""
        return self.rate * 60


def let_ask(pacer: Pacer, token: Token) -> None:
    """Count one request of a token; TooOftenError("token_too_often") when it has had its minute's worth."""
    ask = _MinuteAsk(f"token:{token.id}", 1, REQUESTS_PER_MINUTE / 60, urgent=True)
    (grant,) = pacer.take([ask])
    if not grant.tokens:
        raise TooOftenError("token_too_often", seconds=max(1, math.ceil(grant.wait)), most=REQUESTS_PER_MINUTE)
