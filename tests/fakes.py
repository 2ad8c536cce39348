"""The fakes: one for each port that must be made deterministic. Everything else in the tests is real."""

from __future__ import annotations

import random
from collections.abc import MutableSequence, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from gateway.carriers.port import (
    Accepted,
    CarrierAccount,
    OutgoingCall,
    OutgoingText,
    ReceivedCall,
    ReceivedText,
    SentItem,
    Sought,
)
from gateway.carriers.simulator.carrier import SimulatorCarrier
from gateway.kernel.errors import CarrierError
from gateway.kernel.phones import PhoneNumber

# A Tuesday morning in China: within all calling hours.
NOON = datetime(2026, 11, 24, 4, 0, tzinfo=UTC)

TEST_ACCOUNT = CarrierAccount(account_sid="AC" + "0" * 32, auth_token="test-token", api_url="http://127.0.0.1:1")


class StillClock:
    """A clock that stands still until it is moved."""

    def __init__(self, at: datetime = NOON) -> None:
        self.at = at

    def now(self) -> datetime:
        return self.at

    def advance(self, **duration: float) -> None:
        """Move on by a timedelta given in words: `advance(minutes=15)`."""
        self.at += timedelta(**duration)


class SeededRandomness:
    """The same "random" values in every run."""

    def __init__(self, seed: int = 1) -> None:
        self._random = random.Random(seed)

    def token(self, size: int) -> bytes:
        return self._random.randbytes(size)

    def below(self, limit: int) -> int:
        return self._random.randrange(limit)

    def shuffle(self, items: MutableSequence[Any]) -> None:
        self._random.shuffle(items)


class RecordingQueue:
    """Remembers which jobs were called for."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, str, tuple[int, ...]]] = []

    def call(self, queue: str, job: str, *ids: int) -> None:
        self.calls.append((queue, job, ids))


class ScriptedCarrier(SimulatorCarrier):
    """Reads and renders as the real adapter does; sending is replaced: `outcomes` are dealt out, then all is accepted."""

    def __init__(self) -> None:
        super().__init__(TEST_ACCOUNT)
        self.sent: list[OutgoingText | OutgoingCall] = []
        self.outcomes: list[CarrierError | None] = []
        self.listed: list[SentItem] = []
        self.received: list[ReceivedText] = []
        self.called: list[tuple[PhoneNumber, ReceivedCall]] = []
        self.redacted: list[str] = []
        self.recordings: dict[str, bytes] = {}
        self.turned: list[tuple[str, str]] = []

    def send(self, batch: Sequence[OutgoingText | OutgoingCall]) -> list[Accepted | CarrierError]:
        return [self._send_one(item) for item in batch]

    def _send_one(self, item: OutgoingText | OutgoingCall) -> Accepted | CarrierError:
        outcome = self.outcomes.pop(0) if self.outcomes else None
        if outcome is not None:
            return outcome
        self.sent.append(item)
        return Accepted(f"{'SM' if isinstance(item, OutgoingText) else 'CA'}{len(self.sent):032x}")

    def find_sent(self, item: OutgoingText | OutgoingCall, since: datetime) -> list[SentItem]:
        return self.listed

    def find_each(self, sought: Sequence[Sought]) -> list[list[SentItem] | CarrierError]:
        answers: list[list[SentItem] | CarrierError] = []
        for one in sought:
            try:
                answers.append(self.find_sent(one.item, one.since))
            except CarrierError as error:
                return answers + [error] * (len(sought) - len(answers))
        return answers

    def list_received(self, line: PhoneNumber, since: datetime) -> list[ReceivedText]:
        return [one for one in self.received if one.text.recipient == line and one.at >= since]

    def list_calls(self, line: PhoneNumber, since: datetime) -> list[ReceivedCall]:
        return [call for to, call in self.called if to == line and call.at >= since]

    def redact_text(self, carrier_id: str) -> None:
        self.redacted.append(carrier_id)

    def turn_call(self, call_id: str, url: str) -> None:
        self.turned.append((call_id, url))

    def fetch_recording(self, recording_id: str) -> bytes:
        return self.recordings[recording_id]

    def delete_recording(self, recording_id: str) -> None:
        self.recordings.pop(recording_id, None)
