"""Many carriers' worth of webhooks from a process of its own: signed beforehand, over connections kept alive.

`python -m tests.benchmarks.webhook_load PORT FILE` posts what FILE holds (a JSON list of requests) over 16 connections, as fast as
they are answered or at `--rate` a second, and prints requests a second, times and statuses as JSON.
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import hmac
import json
import selectors
import socket
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path
from urllib.parse import urlencode

from tests.benchmarks.carrier_double import ROOT
from tests.benchmarks.measuring import percentile

PUBLIC_URL = "https://village.example"
TOKEN = "token"
CONNECTIONS = 16


def signed(path: str, form: Mapping[str, str]) -> str:
    """A whole request as a carrier sends it."""
    plain = PUBLIC_URL + path + "".join(name + form[name] for name in sorted(form))
    signature = base64.b64encode(hmac.new(TOKEN.encode(), plain.encode(), hashlib.sha1).digest()).decode()
    body = urlencode(form)
    return (
        f"POST {path} HTTP/1.1\r\nHost: village.example\r\nContent-Type: application/x-www-form-urlencoded\r\n"
        f"X-Twilio-Signature: {signature}\r\nUser-Agent: TwilioProxy/1.1\r\nAccept: */*\r\n"
        f"I-Twilio-Idempotency-Token: 6b1c0f2e\r\nContent-Length: {len(body)}\r\n\r\n{body}"
    )


def post_all(port: int, requests: Iterable[str], *, per_second: float = 0) -> dict[str, float]:
    """Post them from a process of its own; `rate`, `p50`, `p95`, `p99` (ms) and `refused` (answers that were not 2xx)."""
    with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
        json.dump(list(requests), file)
        file.flush()
        command = [sys.executable, "-m", "tests.benchmarks.webhook_load", str(port), file.name, f"--rate={per_second}"]
        done = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True)
    found: dict[str, float] = json.loads(done.stdout)
    return found


class _Connection:
    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.buffer = b""
        self.begun = 0.0

    def send(self, request: bytes, begun: float) -> None:
        self.buffer, self.begun = b"", begun
        self.socket.sendall(request)

    def receive(self) -> bytes | None:
        """The status, once the whole answer is there."""
        data = self.socket.recv(65536)
        if not data:
            raise ConnectionError("the server hung up")
        self.buffer += data
        end = self.buffer.find(b"\r\n\r\n")
        if end < 0:
            return None
        head = self.buffer[:end].lower()
        mark = head.find(b"content-length:")
        length = int(head[mark + 15 :].split(b"\r\n", 1)[0]) if mark >= 0 else 0
        return self.buffer[9:12] if len(self.buffer) >= end + 4 + length else None


def _post(port: int, requests: list[bytes], per_second: float) -> dict[str, float]:
    statuses: Counter[bytes] = Counter()
    times: list[float] = []
    waiting = iter(requests)
    chooser = selectors.DefaultSelector()
    idle = [_Connection(port) for _ in range(CONNECTIONS)]
    for one in idle:
        chooser.register(one.socket, selectors.EVENT_READ, one)
    started, sent = time.perf_counter(), 0
    more = True
    while more or len(idle) < CONNECTIONS:
        now = time.perf_counter()
        while more and idle and (not per_second or now - started >= sent / per_second):
            request = next(waiting, None)
            if request is None:
                more = False
                break
            # With a rate, what waits for a free connection waits for us too.
            idle.pop().send(request, started + sent / per_second if per_second else now)
            sent += 1
        for key, _ in chooser.select(0.001 if per_second else 1.0):
            status = key.data.receive()
            if status is not None:
                statuses[status] += 1
                times.append(time.perf_counter() - key.data.begun)
                idle.append(key.data)
    took = time.perf_counter() - started
    for key in list(chooser.get_map().values()):
        key.data.socket.close()
    chooser.close()
    refused = sum(count for status, count in statuses.items() if not status.startswith(b"2"))
    shares = {f"p{share}": percentile(times, share / 100) * 1000 for share in (50, 95, 99)}
    return {"rate": len(times) / took, "refused": refused, **shares}


def main() -> None:
    """Post, then print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("port", type=int)
    parser.add_argument("file", type=Path)
    parser.add_argument("--rate", type=float, default=0)
    options = parser.parse_args()
    requests = [one.encode() for one in json.loads(options.file.read_text())]
    print(json.dumps(_post(options.port, requests, options.rate)))


if __name__ == "__main__":
    main()
