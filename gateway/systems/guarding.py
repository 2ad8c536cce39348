"""Where a webhook may lead: never back into our own network.

An address is taken apart strictly, its name is resolved once, every answer must be a public address, and the connection
goes to the very address that was checked, so that a name which changes its mind in between (DNS rebinding) gains
nothing. Redirects are never followed. (OWASP, Server-Side Request Forgery Prevention.)
"""

from __future__ import annotations

import ipaddress
import socket
from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit

from gateway.kernel.errors import InputError, RuleError

HTTPS_PORT, HTTP_PORT = 443, 80
# 6to4, Teredo and NAT64 carry an IPv4 address inside; what lies behind them was not checked.
_CARRYING = tuple(ipaddress.ip_network(one) for one in ("2002::/16", "2001::/32", "64:ff9b::/96", "64:ff9b:1::/48"))


@dataclass(frozen=True)
class Guard:
    """What is let through. `own_network`: plain http and private addresses too, for a receiver in the same building."""

    own_network: bool = False


@dataclass(frozen=True)
class Target:
    """Where to connect: the checked address and the port; `name` is for the certificate, `host` for the header."""

    address: str
    port: int
    name: str
    host: str
    path: str
    secure: bool


def check_url(url: str, guard: Guard) -> SplitResult:
    """The address taken apart; InputError("hook_url_wrong") for what is no plain https address."""
    schemes = ("https", "http") if guard.own_network else ("https",)
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise InputError("hook_url_wrong") from None
    plain = url.isascii() and url.isprintable() and " " not in url and "\\" not in url
    if parts.scheme not in schemes or not parts.hostname or parts.username is not None or parts.fragment or port == 0:
        raise InputError("hook_url_wrong")
    if not plain or len(url) > 500:  # noqa: PLR2004  # the column's width
        raise InputError("hook_url_wrong")
    return parts


def resolve(url: str, guard: Guard) -> Target:
    """Where to connect; InputError("hook_url_wrong"), RuleError("hook_unresolved", "hook_address_refused")."""
    parts = check_url(url, guard)
    secure = parts.scheme == "https"
    port = parts.port or (HTTPS_PORT if secure else HTTP_PORT)
    assert parts.hostname is not None
    try:
        found = socket.getaddrinfo(parts.hostname, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise RuleError("hook_unresolved") from None
    addresses = [str(one[4][0]) for one in found]
    if not addresses or not (guard.own_network or all(is_public(one) for one in addresses)):
        raise RuleError("hook_address_refused")
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return Target(addresses[0], port, parts.hostname, parts.netloc, path, secure)


def is_public(address: str) -> bool:
    """Whether an address lies in the open network: not private, loopback, link-local, metadata, multicast, reserved."""
    try:
        ip = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    if isinstance(ip, ipaddress.IPv6Address):
        if ip.ipv4_mapped is not None:
            return is_public(str(ip.ipv4_mapped))
        if any(ip in network for network in _CARRYING):
            return False
    return ip.is_global and not ip.is_multicast and not ip.is_reserved
