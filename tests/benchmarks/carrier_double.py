"""A carrier for benchmarks, in a process of its own: takes whatever is created, as fast as a socket allows, and counts.

`--latency` holds every answer back, `--throttled` answers that share with 429. `GET /counts` says what was taken and
how often the busiest address was taken: more than once means that somebody was sent the same thing twice.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import subprocess
import sys
import urllib.request
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
_TAKEN = '{"sid": "SM%032x", "status": "queued"}'
_REFUSED = '{"code": 20429, "message": "Too Many Requests", "status": 429}'


class _Company:
    def __init__(self, latency: float, throttled: float) -> None:
        self.latency = latency
        self.throttled = throttled
        self.taken = 0
        self.refused = 0
        self.by_address: Counter[bytes] = Counter()
        self.chance = random.Random(1)

    def answer(self, body: bytes) -> bytes:
        if self.throttled and self.chance.random() < self.throttled:
            self.refused += 1
            return _page("429 Too Many Requests", _REFUSED)
        self.taken += 1
        # The status address, which holds the attempt's number, names what was sent.
        self.by_address[body.partition(b"StatusCallback=")[2].partition(b"&")[0]] += 1
        return _page("201 Created", _TAKEN % self.taken)

    def counts(self) -> bytes:
        most = max(self.by_address.values(), default=0)
        found = {"taken": self.taken, "refused": self.refused, "addresses": len(self.by_address), "most": most}
        return _page("200 OK", json.dumps(found))


def _page(status: str, body: str) -> bytes:
    return f"HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n{body}".encode()


class _Line(asyncio.Protocol):
    def __init__(self, company: _Company) -> None:
        self._company = company
        self._buffer = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        while (end := self._buffer.find(b"\r\n\r\n")) >= 0:
            head = self._buffer[:end].lower()
            mark = head.find(b"content-length:")
            length = int(head[mark + 15 :].split(b"\r\n", 1)[0]) if mark >= 0 else 0
            if len(self._buffer) < end + 4 + length:
                return
            body, self._buffer = self._buffer[end + 4 : end + 4 + length], self._buffer[end + 4 + length :]
            self._reply(head, body)

    def _reply(self, head: bytes, body: bytes) -> None:
        if head.startswith(b"get /counts"):
            self._transport.write(self._company.counts())
            return
        answer = self._company.answer(body)
        if self._company.latency:
            asyncio.get_running_loop().call_later(self._company.latency, self._transport.write, answer)
        else:
            self._transport.write(answer)


async def _serve(company: _Company) -> None:
    server = await asyncio.get_running_loop().create_server(lambda: _Line(company), "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


@dataclass(frozen=True)
class Double:
    """The running double."""

    url: str

    def counts(self) -> dict[str, int]:
        """What it has taken and refused, over how many addresses, and how often the busiest of them."""
        with urllib.request.urlopen(f"{self.url}/counts") as answer:
            found: dict[str, int] = json.load(answer)
            return found


@contextmanager
def carrier_double(*, latency: float = 0, throttled: float = 0) -> Iterator[Double]:
    """A double on a loopback port of its own; ended by its process id."""
    command = [
        sys.executable,
        "-m",
        "tests.benchmarks.carrier_double",
        f"--latency={latency}",
        f"--throttled={throttled}",
    ]
    child = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    try:
        assert child.stdout is not None
        yield Double(f"http://127.0.0.1:{int(child.stdout.readline())}")
    finally:
        child.terminate()
        child.wait(10)
        if child.stdout is not None:
            child.stdout.close()


def main() -> None:
    """Serve until ended."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--latency", type=float, default=0)
    parser.add_argument("--throttled", type=float, default=0)
    options = parser.parse_args()
    asyncio.run(_serve(_Company(options.latency, options.throttled)))


if __name__ == "__main__":
    main()
