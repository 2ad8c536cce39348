"""A server that takes the carrier's place on the loopback: records what reaches it and answers as told."""

from __future__ import annotations

import base64
import os
import socket
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from werkzeug.test import EnvironBuilder
from werkzeug.wrappers import Request, Response

SLOW_SECONDS = 20.0

Answer = Callable[[Request], Response]


@dataclass(frozen=True)
class Seen:
    """One request as it arrived; `connection` tells those of one connection from others."""

    method: str
    path: str
    fields: list[tuple[str, str]]
    user: str
    password: str
    connection: int


@dataclass
class ApiServer:
    """Answers from `script` first, then with `usual`; `most_at_once` is how many requests were in flight together."""

    url: str = ""
    seen: list[Seen] = field(default_factory=list)
    script: list[Answer] = field(default_factory=list)
    usual: Answer = field(default=lambda _request: created())
    most_at_once: int = 0
    stopping: threading.Event = field(default_factory=threading.Event)
    _now: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def answer(self, request: Request) -> Response:
        """What comes back for one request."""
        with self._lock:
            self.seen.append(_as_seen(request))
            self._now += 1
            self.most_at_once = max(self.most_at_once, self._now)
            answer = self.script.pop(0) if self.script else self.usual
        try:
            return answer(request)
        finally:
            with self._lock:
                self._now -= 1

    def slow(self, _request: Request) -> Response:
        """Answer far too late (or when the test ends)."""
        self.stopping.wait(SLOW_SECONDS)
        return created()


def _as_seen(request: Request) -> Seen:
    user, _, password = (
        base64.b64decode(request.headers["Authorization"].removeprefix("Basic ")).decode().partition(":")
    )
    body = request.get_data(as_text=True)
    fields = parse_qsl(body if request.method == "POST" else request.query_string.decode(), keep_blank_values=True)
    return Seen(request.method, request.path, fields, user, password, request.environ["test.port"])


def _handler(api: ApiServer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            parts = urlsplit(self.path)
            environ = EnvironBuilder(
                path=parts.path,
                query_string=parts.query,
                method=self.command,
                headers=list(self.headers.items()),
                data=body,
            ).get_environ()
            environ |= {"test.connection": self.connection, "test.port": self.client_address[1]}
            try:
                self._send(api.answer(Request(environ)))
            except ConnectionError:
                self.close_connection = True

        do_GET = do_DELETE = do_POST

        def _send(self, response: Response) -> None:
            body = response.get_data()
            self.send_response(response.status_code)
            for name, value in response.headers:
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_args: Any) -> None:
            """Silence: the tests look at every log line."""

        def finish(self) -> None:
            try:
                super().finish()
            except OSError:
                return

    return Handler


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def shutdown_request(self, request: Any) -> None:
        if request.fileno() != -1:
            super().shutdown_request(request)


@contextmanager
def api_server() -> Iterator[ApiServer]:
    """Run one on a free port."""
    api = ApiServer()
    server = _Server(("127.0.0.1", 0), _handler(api))
    api.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield api
    finally:
        api.stopping.set()
        server.shutdown()
        thread.join()
        server.server_close()


def created(sid: str | None = "SM" + "a" * 32) -> Response:
    """The carrier took it."""
    return _json(201, f'{{"sid": "{sid}", "status": "queued"}}' if sid else "{}")


def failing(status: int, code: int | None = None) -> Answer:
    """A refusal in the carrier's form, or a bare page without a code."""
    if code is None:
        return lambda _request: Response("<html>oops</html>", status, mimetype="text/html")
    return lambda _request: _json(
        status, f'{{"code": {code}, "message": "+8613800000000 said 赞成", "status": {status}}}'
    )


def answering(body: str, status: int = 200) -> Answer:
    """Any JSON."""
    return lambda _request: _json(status, body)


def resetting(request: Request) -> Response:
    """The connection is reset without an answer."""
    connection: socket.socket = request.environ["test.connection"]
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    os.close(connection.detach())
    raise ConnectionAbortedError


def _json(status: int, body: str) -> Response:
    return Response(body, status, mimetype="application/json")
