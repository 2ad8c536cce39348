"""One message to one address: connect to what was checked, post, read a little of the answer, follow nothing."""

from __future__ import annotations

import contextlib
import http.client
import socket
import ssl
import threading
from collections.abc import Mapping

from gateway.kernel.errors import GatewayError
from gateway.systems.guarding import Guard, Target, resolve

SECONDS = 15
# All in all, for a receiver that sends a byte now and then.
MOST_SECONDS = 30
# Nobody needs the answer's words; a receiver that sends without end is not listened to.
MOST_ANSWER = 2048
NO_ANSWER = 0


def post(url: str, body: bytes, headers: Mapping[str, str], *, guard: Guard) -> int:
    """Post `body`; returns the HTTP status, 0 when there was no answer or the address is refused. Never raises for what
    the other side does.
    """
    try:
        target = resolve(url, guard)
        return _post(target, body, headers)
    except (GatewayError, OSError, http.client.HTTPException, ssl.SSLError, ValueError):
        return NO_ANSWER


def _post(target: Target, body: bytes, headers: Mapping[str, str]) -> int:
    connection = _connect(target)
    cut = threading.Timer(MOST_SECONDS, _cut, [connection.sock])
    cut.daemon = True
    cut.start()
    try:
        more = {"Host": target.host, "Content-Type": "application/json", "User-Agent": "xiangyin-webhook/1"}
        connection.request("POST", target.path, body, {**more, **headers, "Connection": "close"})
        answer = connection.getresponse()
        answer.read(MOST_ANSWER)
        return answer.status
    finally:
        cut.cancel()
        connection.close()


def _cut(connected: socket.socket) -> None:
    with contextlib.suppress(OSError):
        connected.shutdown(socket.SHUT_RDWR)


def _connect(target: Target) -> http.client.HTTPConnection:
    """A connection to the checked address; the certificate must be that of the name."""
    plain = socket.create_connection((target.address, target.port), timeout=SECONDS)
    connection = http.client.HTTPConnection(target.name, target.port, timeout=SECONDS)
    if target.secure:
        try:
            connection.sock = ssl.create_default_context().wrap_socket(plain, server_hostname=target.name)
        except OSError:
            plain.close()
            raise
    else:
        connection.sock = plain
    return connection
