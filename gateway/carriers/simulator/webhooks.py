"""Asking the gateway: signed webhooks with a carrier's time-outs and a carrier's single retry.

Time-out and retry are Twilio's documented defaults: 5 s to connect, 15 s in all, one retry, only when the connection
failed. The signature is made by Twilio's own library over the exact address.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Self
from urllib.parse import urldefrag, urlencode, urlsplit

import aiohttp
from twilio.request_validator import RequestValidator
from yarl import URL

from gateway.carriers.simulator.phones import Behaviour, Phone

CONNECT_SECONDS = 5
TOTAL_SECONDS = 15
# Even when nothing else is waited for, what is late comes after what is not.
LEAST_LATE_SECONDS = 0.05


@dataclass(frozen=True)
class Answer:
    """What the gateway answered; `status` 0 when it could not be asked."""

    status: int
    content_type: str = ""
    body: str = field(repr=False, default="")

    @property
    def is_good(self) -> bool:
        """Whether the gateway answered with success."""
        return 200 <= self.status < 300  # noqa: PLR2004  # the class of successes in HTTP


class Webhooks:
    """The carrier's side of the webhooks. Use as an async context manager."""

    def __init__(self, auth_token: str, pace: float) -> None:
        self._validator = RequestValidator(auth_token)
        self._pace = pace
        self._session: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        # A connection each: a kept one that the gateway closes would look like a failed request.
        connector = aiohttp.TCPConnector(limit=0, force_close=True)
        timeout = aiohttp.ClientTimeout(total=TOTAL_SECONDS, sock_connect=CONNECT_SECONDS)
        self._session = aiohttp.ClientSession(connector=connector, timeout=timeout, cookie_jar=aiohttp.DummyCookieJar())
        return self

    async def __aexit__(self, *_error: object) -> None:
        if self._session:
            await self._session.close()

    async def ask(
        self, url: str, form: Mapping[str, str], *, phone: Phone, method: str = "POST", token: str
    ) -> list[Answer]:
        """The gateway's answers to one webhook about `phone`: one, or two where its webhooks come twice."""
        if phone.is_a(Behaviour.DELIVER_LATE):
            await asyncio.sleep(max(phone.behaviours[Behaviour.DELIVER_LATE] * self._pace, LEAST_LATE_SECONDS))
        copies = 2 if phone.is_a(Behaviour.DELIVER_TWICE) else 1
        answers = await asyncio.gather(*(self._ask_once(url, form, method, token) for _ in range(copies)))
        return sorted(answers, key=lambda answer: not answer.is_good)

    async def _ask_once(self, url: str, form: Mapping[str, str], method: str, token: str) -> Answer:
        url = urldefrag(url).url
        if method == "GET":
            url, form = f"{url}{'&' if urlsplit(url).query else '?'}{urlencode(form)}", {}
        headers = {
            "X-Twilio-Signature": self._validator.compute_signature(url, dict(form)),
            "I-Twilio-Idempotency-Token": token,
            "User-Agent": "TwilioProxy/1.1",
            "Accept": "*/*",
        }
        try:
            return await self._send(method, url, form, headers)
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError):
            return await self._send_again(method, url, form, headers)
        except (aiohttp.ClientError, TimeoutError, UnicodeDecodeError):
            return Answer(0)

    async def _send_again(self, method: str, url: str, form: Mapping[str, str], headers: Mapping[str, str]) -> Answer:
        try:
            return await self._send(method, url, form, headers)
        except (aiohttp.ClientError, TimeoutError, UnicodeDecodeError):
            return Answer(0)

    async def _send(self, method: str, url: str, form: Mapping[str, str], headers: Mapping[str, str]) -> Answer:
        assert self._session is not None
        data = form if method == "POST" else None
        address = URL(url, encoded=True)
        async with self._session.request(
            method, address, data=data, headers=headers, allow_redirects=False
        ) as response:
            return Answer(response.status, response.content_type, await response.text())
