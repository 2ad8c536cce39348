"""The few errors the product knows; everything else is our own bug.

An error carries a *code* (its wording is `error.<code>` in the catalogues), *params* for that wording and whether
trying again may help. Params never hold a telephone number, a text, a PIN or a choice: they end up in logs.
"""

from __future__ import annotations


class GatewayError(Exception):
    """An expected refusal: `code` names it, `params` fill its wording, `retryable` says whether to try again."""

    retryable = False

    def __init__(self, code: str, **params: str | int) -> None:
        super().__init__(code)
        self.code = code
        self.params = params

    def __reduce__(self) -> tuple[object, ...]:
        return (_rebuild, (type(self), self.code, self.params))

    def __str__(self) -> str:
        details = ", ".join(f"{name}={value}" for name, value in sorted(self.params.items()))
        return f"{self.code} ({details})" if details else self.code


class InputError(GatewayError):
    """What a person or a file gave cannot be read; the answer names what and where."""


class RuleError(GatewayError):
    """A rule of the house refuses it: the poll is closed, the resident has no vote."""


class NotFound(GatewayError):
    """Nothing has that number or code."""


class Conflict(GatewayError):
    """Somebody else changed it first."""


class CarrierError(GatewayError):
    """A carrier refused or could not be asked; `carrier_code` is its own number for the reason, if it gave one."""

    def __init__(self, code: str, *, carrier_code: str = "", **params: str | int) -> None:
        super().__init__(code, carrier_code=carrier_code, **params)
        self.carrier_code = carrier_code


class Throttled(CarrierError):
    """Too fast: certainly not processed, so sending again later is safe; not before `after` seconds, if it said so."""

    retryable = True
    after = 0.0


class Unreachable(CarrierError):
    """No answer or a server fault: nobody knows whether it was processed. Ask before sending again."""

    retryable = True


class Rejected(CarrierError):
    """Refused for good: this message will not go this way."""


class BadNumber(Rejected):
    """The number cannot receive this kind of message; another channel may work."""


class OptedOut(Rejected):
    """The person has stopped messages at the carrier: no retry, no other channel."""


class Misconfigured(CarrierError):
    """Credentials, sender or account are wrong: stop everything and tell the operator."""


def _rebuild(kind: type[GatewayError], code: str, params: dict[str, str | int]) -> GatewayError:
    # CarrierError keeps its carrier_code among the params.
    return kind(code, **params)
