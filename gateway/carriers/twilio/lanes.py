"""The lanes to the carrier: one thread of this process that keeps many requests in flight on connections kept alive.

It lives as long as its carrier does, so that no batch has to connect anew, and several batches may be under way at
once: together they never have more than `account.concurrency` requests in flight.
"""

from __future__ import annotations

import asyncio
import os
import threading
import weakref
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any, TypeVar

from aiohttp import ClientSession

from gateway.carriers.port import CarrierAccount
from gateway.carriers.twilio.client import make_session

Result = TypeVar("Result")


@dataclass(frozen=True)
class Lane:
    """What work in the thread is done with: the session, and the turnstile before it."""

    session: ClientSession
    turnstile: asyncio.Semaphore


class Lanes:
    """Runs work in its thread, which starts with the first work and ends with this object."""

    def __init__(self, account: CarrierAccount) -> None:
        self._account = account
        self._lock = threading.Lock()
        self._running: tuple[int, asyncio.AbstractEventLoop, Lane] | None = None

    def run(self, work: Callable[[Lane], Coroutine[Any, Any, Result]]) -> Result:
        """Wait for what `work` returns or raises."""
        with self._lock:
            # A process that was forked off has the object but not the thread.
            if self._running is None or self._running[0] != os.getpid():
                self._running = self._start()
            _, loop, lane = self._running
        return asyncio.run_coroutine_threadsafe(work(lane), loop).result()

    def _start(self) -> tuple[int, asyncio.AbstractEventLoop, Lane]:
        loop = asyncio.new_event_loop()
        thread = threading.Thread(target=loop.run_forever, name="carrier", daemon=True)
        thread.start()
        lane = asyncio.run_coroutine_threadsafe(_open(self._account), loop).result()
        weakref.finalize(self, _stop, loop, thread, lane.session)
        return os.getpid(), loop, lane


async def _open(account: CarrierAccount) -> Lane:
    return Lane(make_session(account), asyncio.Semaphore(account.concurrency))


def _stop(loop: asyncio.AbstractEventLoop, thread: threading.Thread, session: ClientSession) -> None:
    if not thread.is_alive() or loop.is_closed():
        return
    asyncio.run_coroutine_threadsafe(session.close(), loop).result(5)
    loop.call_soon_threadsafe(loop.stop)
    thread.join(5)
    loop.close()
