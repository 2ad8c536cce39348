"""The simulated carrier in a background thread, and a receiver of webhooks that plays the gateway."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from twilio.request_validator import RequestValidator

from gateway.carriers.port import CarrierAccount
from gateway.carriers.simulator.phones import PhoneSpec
from gateway.carriers.simulator.server import Handsets, run_simulator

ACCOUNT = CarrierAccount(account_sid="AC" + "1" * 32, auth_token="simulated-token")


@contextmanager
def running_simulator(
    public_url: str,
    account: CarrierAccount = ACCOUNT,
    *,
    pace: float = 0,
    phones: Sequence[PhoneSpec] = (),
    handsets: Handsets | None = None,
    port: int = 0,
) -> Iterator[str]:
    """The simulated carrier's address; it serves until the context is left."""
    loop, started, stopping = asyncio.new_event_loop(), threading.Event(), asyncio.Event()
    urls: list[str] = []

    async def serve() -> None:
        async with run_simulator(
            account, public_url=public_url, port=port, pace=pace, phones=phones, handsets=handsets
        ) as exchange:
            urls.append(exchange.url)
            started.set()
            await stopping.wait()

    def run() -> None:
        try:
            loop.run_until_complete(serve())
        finally:
            started.set()
            loop.close()

    thread = threading.Thread(target=run)
    thread.start()
    started.wait()
    assert urls, "the simulator did not start"
    try:
        yield urls[0]
    finally:
        loop.call_soon_threadsafe(stopping.set)
        thread.join()


Form = dict[str, str]
Reply = str | int | tuple[int, str, str]


@dataclass
class Webhook:
    """A webhook that arrived: its path and query, its fields, and whether the official library accepts its signature."""

    method: str
    path: str
    form: Form
    signature: str
    signed: bool
    token: str


@dataclass
class FakeGateway:
    """Answers webhooks as told: per path a body, a status, a list of them in turn, or a function of the fields."""

    url: str = ""
    answers: dict[str, Any] = field(default_factory=dict)
    webhooks: list[Webhook] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def forms(self, path: str) -> list[Form]:
        """The fields of all webhooks to `path`, in the order of arrival."""
        return [w.form for w in self.webhooks if urlsplit(w.path).path == path]

    def answer(self, webhook: Webhook) -> tuple[int, str, str]:
        with self.lock:
            self.webhooks.append(webhook)
            told = self.answers.get(urlsplit(webhook.path).path, 204)
            if isinstance(told, list):
                told = told.pop(0) if len(told) > 1 else told[0]
        reply = told(webhook.form) if isinstance(told, Callable) else told
        if isinstance(reply, int):
            return reply, "text/plain", ""
        return reply if isinstance(reply, tuple) else (200, "text/xml", f"<Response>{reply}</Response>")


class _Server(ThreadingHTTPServer):
    request_queue_size = 512
    daemon_threads = True


@contextmanager
def fake_gateway(token: str = ACCOUNT.auth_token) -> Iterator[FakeGateway]:
    """A receiver of webhooks on a free port."""
    gateway, validator = FakeGateway(), RequestValidator(token)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
            form = {name: values[0] for name, values in parse_qs(body, keep_blank_values=True).items()}
            self._reply("POST", form)

        def do_GET(self) -> None:
            self._reply("GET", {})

        def _reply(self, method: str, form: Form) -> None:
            signature = self.headers.get("X-Twilio-Signature", "")
            signed = validator.validate(gateway.url + self.path, form, signature)
            token = self.headers.get("I-Twilio-Idempotency-Token", "")
            status, kind, text = gateway.answer(Webhook(method, self.path, form, signature, signed, token))
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(text.encode())))
            self.end_headers()
            self.wfile.write(text.encode())

        def log_message(self, *_args: object) -> None:
            pass

    server = _Server(("127.0.0.1", 0), Handler)
    gateway.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield gateway
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
