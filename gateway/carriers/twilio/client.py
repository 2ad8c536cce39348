"""The way to the carrier: its own library over kept-alive connections, always with a time limit, never with a log line.

Every request of the product to the carrier goes through here, and every error of the library, of the network or of a
page that is no answer becomes one of the product's own.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from typing import Any, TypeVar
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

from aiohttp import ClientError, ClientSession, ClientTimeout, DummyCookieJar, TCPConnector, encode_basic_auth
from twilio.base.exceptions import TwilioException, TwilioRestException, TwilioServiceException
from twilio.http.async_http_client import AsyncTwilioHttpClient
from twilio.rest import Client

from gateway.carriers.port import CarrierAccount
from gateway.carriers.twilio.statuses import carrier_error, refusal
from gateway.kernel.errors import CarrierError, Throttled, Unreachable

Result = TypeVar("Result")

OWN_API_URL = "https://api.twilio.com"
# No carrier makes us wait longer than this, seconds.
LONGEST_REST = 600
# What an answer may raise on its way through the library: a page that is not JSON is a ValueError, JSON that is not an
# object an AttributeError or TypeError.
TROUBLE = (TwilioException, ClientError, OSError, ValueError, AttributeError, TypeError)


class QuietHttpClient(AsyncTwilioHttpClient):  # type: ignore[misc]  # the library has no types
    """The library's client over our session. It would log numbers and words, and wait for ever, if it were let."""

    def __init__(self, session: ClientSession, timeout: float) -> None:
        super().__init__(pool_connections=False, timeout=timeout)
        self.session = session

    async def request(self, *args: Any, **options: Any) -> Any:
        """One request. The library forgets the time limit that it was made with, so it is set here.

        The session bears the credentials: the library's way of passing them is on its way out of aiohttp.
        """
        return await super().request(*args, **{**options, "timeout": self.timeout, "auth": None})

    def log_request(self, kwargs: dict[str, Any]) -> None:
        """Nothing is logged: the request holds a number and words."""

    def log_response(self, status_code: int, response: Any) -> None:
        """Nothing is logged."""


def make_session(account: CarrierAccount) -> ClientSession:
    """Connections to the carrier, as many as the account may have in flight, through the environment's proxy if any.

    The proxy is looked up once: aiohttp would read the environment and the user's netrc again for every request.
    """
    return ClientSession(
        timeout=ClientTimeout(total=account.timeout_seconds),
        connector=TCPConnector(limit=account.concurrency),
        cookie_jar=DummyCookieJar(),
        headers={"Authorization": encode_basic_auth(account.account_sid, account.auth_token)},
        proxy=_proxy_for(api_url(account)),
    )


def _proxy_for(url: str) -> str | None:
    parts = urlsplit(url)
    if not parts.hostname or proxy_bypass(parts.netloc):
        return None
    return getproxies().get(parts.scheme)


@asynccontextmanager
async def open_session(account: CarrierAccount) -> AsyncIterator[ClientSession]:
    """A session for one piece of work."""
    async with make_session(account) as session:
        yield session


@asynccontextmanager
async def open_client(account: CarrierAccount) -> AsyncIterator[Client]:
    """The library's client for `account`, at `account.api_url` or the carrier's own address."""
    async with open_session(account) as session:
        client = Client(
            account.account_sid,
            account.auth_token,
            http_client=QuietHttpClient(session, account.timeout_seconds),
            # Else it would read the process's own environment and send to another region than configured.
            environment={"TWILIO_ACCOUNT_SID": account.account_sid},
        )
        client.api.base_url = api_url(account)
        yield client


def api_url(account: CarrierAccount) -> str:
    """The address of the carrier's API, without a slash at the end."""
    return (account.api_url or OWN_API_URL).rstrip("/")


def run(work: Coroutine[Any, Any, Result]) -> Result:
    """Run `work` to its end; whatever goes wrong on the way is raised as a CarrierError."""
    try:
        return asyncio.run(work)
    except TROUBLE as error:
        raise as_carrier_error(error) from None


def as_carrier_error(error: Exception) -> CarrierError:
    """The product's error for what the library or the network raised. Nothing of its words is kept."""
    if isinstance(error, TwilioRestException | TwilioServiceException):
        return refusal(_number(error.code), int(error.status))
    return carrier_error(Unreachable)


def refused(status: int, body: bytes, retry_after: str | None = None) -> CarrierError:
    """The error for an answer that did not go through the library; `retry_after` as its header says (RFC 9110)."""
    try:
        code = json.loads(body).get("code")
    except (ValueError, AttributeError):
        code = None
    error = refusal(_number(code), status)
    if isinstance(error, Throttled) and retry_after and retry_after.isascii() and retry_after.isdigit():
        error.after = min(int(retry_after[:6]), LONGEST_REST)
    return error


def _number(code: object) -> int | None:
    return int(code) if str(code).isdecimal() else None  # type: ignore[call-overload]  # what is decimal is a number
