"""A carrier on loopback for worker processes: takes texts over HTTP, slowly, remembers them, lists them."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit


class CarrierServer(ThreadingHTTPServer):
    """`taken` holds every text that was accepted, in order."""

    daemon_threads = True

    def __init__(self, seconds: float) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.seconds = seconds
        self.taken: list[dict[str, Any]] = []
        self.lock = threading.Lock()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: CarrierServer

    def do_POST(self) -> None:
        form = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
        time.sleep(self.server.seconds)  # the carrier is slow: that is what is simulated here
        with self.server.lock:
            message = {
                "sid": f"SM{len(self.server.taken) + 1:032x}",
                "status": "queued",
                "to": form["To"][0],
                "from": form["From"][0],
                "body": form["Body"][0],
                "date_created": formatdate(usegmt=False),
                "direction": "outbound-api",
            }
            self.server.taken.append(message)
        self._answer(201, message)

    def do_GET(self) -> None:
        query = parse_qs(urlsplit(self.path).query)
        with self.server.lock:
            found = [one for one in self.server.taken if one["to"] == query["To"][0]]
        self._answer(200, {"messages": found, "next_page_uri": None, "page": 0, "page_size": 50})

    def _answer(self, status: int, data: dict[str, Any]) -> None:
        body = json.dumps(data).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args: Any) -> None:
        pass


@contextmanager
def carrier_server(*, seconds: float = 0.02) -> Iterator[CarrierServer]:
    """A carrier that takes `seconds` for each text."""
    server = CarrierServer(seconds)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
