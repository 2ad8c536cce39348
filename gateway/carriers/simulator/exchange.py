"""The simulated telephone company as one object: what it keeps, whom it serves, and how it reaches the gateway."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Coroutine, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from gateway.carriers.port import CarrierAccount
from gateway.carriers.simulator.conditions import Weather
from gateway.carriers.simulator.ledger import Acceptance, Complaint, Ledger
from gateway.carriers.simulator.phones import Phone, PhoneBook
from gateway.carriers.simulator.watch import Watch
from gateway.carriers.simulator.webhooks import Answer, Webhooks
from gateway.kernel.clock import Clock
from gateway.kernel.errors import InputError
from gateway.kernel.phones import PhoneNumber, parse_phone, region_of
from gateway.kernel.randomness import Randomness

API_VERSION = "2010-04-01"
_TWIML_TYPES = {"text/xml", "application/xml"}

_ADDRESSES = re.compile(r"https?://[^<\s]+")
_ATTRIBUTES = re.compile(r"<(\w+)[^>]*>")


@dataclass
class Exchange:
    """Everything the parts of the company share."""

    account: CarrierAccount
    public_url: str
    pace: float
    clock: Clock
    randomness: Randomness
    webhooks: Webhooks
    watch: Watch = field(default_factory=Watch)
    ledger: Ledger = field(default_factory=Ledger)
    weather: Weather = field(default_factory=Weather)
    url: str = ""
    phones: PhoneBook = field(init=False)
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.phones = PhoneBook(self.watch)

    def now(self) -> datetime:
        """The present moment."""
        return self.clock.now()

    def new_sid(self, prefix: str) -> str:
        """A carrier's name for a new thing: two letters and 32 hex digits."""
        return prefix + self.randomness.token(16).hex()

    def complain(self, code: int, where: str, what: str) -> None:
        """Note what a real carrier would warn of; `where` loses its query, which may hold what is nobody's business."""
        self.ledger.complaints.append(Complaint(code, urlsplit(where).path or where, what))

    def accept(self, kind: str, sid: str, to: str, content: str) -> None:
        """Note that the company took something to send."""
        self.ledger.accepted.append(Acceptance(kind, sid, to, content, self.now()))

    async def ask(self, url: str, form: Mapping[str, str], *, phone: Phone, method: str = "POST") -> Answer | None:
        """The gateway's TwiML for a webhook, or None when it gave none that can be used (complained of)."""
        answers = await self.webhooks.ask(url, form, phone=phone, method=method, token=self.new_sid("IT"))
        if len({_gist(answer.body) for answer in answers if answer.is_good}) > 1:
            self.complain(0, url, "two copies of one webhook were answered differently")
        answer = answers[0]
        if not answer.is_good:
            self.complain(11200 if answer.status else 11205, url, f"answered {answer.status or 'nothing'}")
            return None
        if answer.body.strip() and answer.content_type not in _TWIML_TYPES:
            self.complain(12300, url, f"content type {answer.content_type}")
            return None
        return answer

    async def report(self, url: str, form: Mapping[str, str], *, phone: Phone) -> None:
        """Send a status callback; whatever comes back is ignored, as carriers do."""
        answers = await self.webhooks.ask(url, form, phone=phone, token=self.new_sid("IT"))
        if not answers[0].is_good:
            self.complain(11200 if answers[0].status else 11205, url, f"answered {answers[0].status or 'nothing'}")

    async def wait(self, seconds: float) -> None:
        """Let time pass at the company's pace."""
        await asyncio.sleep(seconds * self.pace)

    def begin(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        """Do something without waiting for it."""
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._ended)
        return task

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()):
            self.complain(0, "simulator", f"failed: {type(error).__name__}")
            task.get_loop().call_exception_handler({"message": "simulated carrier failed", "exception": error})
        self.watch.next_version()

    def is_idle(self) -> bool:
        """Whether nothing is under way: no call, no delivery, no callback."""
        return not self._tasks

    async def close(self) -> None:
        """Drop everything under way."""
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def read_number(text: str) -> str | None:
    """A number in E.164 form, or None when it is none."""
    try:
        return parse_phone(text).e164
    except InputError:
        return None


def country_of(number: str) -> str:
    """The country of a number as webhooks give it: ISO 3166, or "" when unknown."""
    e164 = read_number(number)
    return (region_of(PhoneNumber(e164)) or "") if e164 else ""


def place_fields(prefix: str, number: str) -> dict[str, str]:
    """The geographical fields of a webhook; outside North America only the country is filled."""
    return {
        f"{prefix}Country": country_of(number),
        f"{prefix}State": "",
        f"{prefix}City": "",
        f"{prefix}Zip": "",
    }


def _gist(document: str) -> str:
    """What a document makes the carrier do and say; addresses of next steps may differ from copy to copy."""
    return _ADDRESSES.sub("", _ATTRIBUTES.sub(r"<\1>", document))
