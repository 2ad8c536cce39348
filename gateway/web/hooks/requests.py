"""A webhook as it arrived: read within limits, put together as it was signed, and let in only with its signature."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote, unquote_to_bytes

from flask import Request, abort, g, request
from werkzeug.exceptions import ClientDisconnected

from gateway.carriers.port import SignedRequest
from gateway.web.pages.surroundings import this_gateway

# Where the door before the framework keeps what went wrong there, to be raised by the view.
FAILED = "xiangyin.failed"
LARGEST_BODY = 64 * 1024
MOST_FIELDS = 100
# What an address's path may hold as it is (RFC 3986, pchar and the slash).
_PLAIN_IN_PATH = "/:@!$&'()*+,;=~-._"


def checked_request() -> SignedRequest:
    """The present request, if this installation's carrier signed it; else it ends here with 400, 403 or 413."""
    gateway = this_gateway()
    signed = signed_request(gateway.settings.public_url, request.environ, _read_form(request))
    if not gateway.carrier.verifies(signed):
        abort(403, "signature")
    # Should it fail, the outage log wants to know what it was.
    g.signed = signed
    if (error := request.environ.get(FAILED)) is not None:
        raise error
    return signed


def signed_request(public_url: str, environ: dict[str, Any], form: list[tuple[str, str]]) -> SignedRequest:
    """A request as its signature was made over it."""
    return SignedRequest(url=public_url + address_as_sent(environ), form=form, headers=_headers(environ))


def fields_of(form: str) -> list[tuple[str, str]]:
    """The fields of a form, or of an address's query, in their order, empty and repeated ones too.

    UnicodeDecodeError where an escape is not UTF-8. As `urllib.parse.parse_qsl` has it, in a third of its time.
    """
    pairs = [pair.partition("=") for pair in form.split("&") if pair]
    return [(_unquoted(name), _unquoted(value)) for name, _, value in pairs]


def _unquoted(text: str) -> str:
    if "+" in text:
        text = text.replace("+", " ")
    return unquote_to_bytes(text).decode() if "%" in text else text


def is_too_many(body: bytes) -> bool:
    """Whether a form has more fields than carriers send."""
    return body.count(b"&") >= MOST_FIELDS


def _headers(environ: dict[str, Any]) -> dict[str, str]:
    """The headers that carriers sign with: those with an X before their name."""
    return {name[5:].replace("_", "-"): value for name, value in environ.items() if name.startswith("HTTP_X_")}


def address_as_sent(environ: dict[str, Any]) -> str:
    """Path and query of a request, byte for byte as far as the server still has them.

    Some servers keep the whole (RAW_URI, REQUEST_URI); others, granian too, undo the escapes of the path, which are
    then put back. The query is never decoded.
    """
    raw = str(environ.get("RAW_URI") or environ.get("REQUEST_URI") or "")
    if raw.startswith("/"):
        return raw
    path = quote(str(environ.get("PATH_INFO", "")).encode("latin-1"), safe=_PLAIN_IN_PATH)
    query = str(environ.get("QUERY_STRING", ""))
    return f"{path}?{query}" if query else path


def _read_form(incoming: Request) -> list[tuple[str, str]]:
    """The fields in their order, repeated ones too. Every byte must be there and be UTF-8."""
    # Reading stops silently at the limit, so one byte more tells a body that is too long from one that just fits.
    incoming.max_content_length = LARGEST_BODY + 1
    body = _read_body(incoming)
    if len(body) > LARGEST_BODY:
        abort(413, "body")
    if incoming.content_length not in (None, len(body)):
        abort(400, "truncated")
    if is_too_many(body):
        abort(413, "fields")
    try:
        return fields_of(body.decode())
    except UnicodeDecodeError:
        abort(400, "not UTF-8")


def _read_body(incoming: Request) -> bytes:
    try:
        return incoming.get_data()
    except (ClientDisconnected, OSError):
        abort(400, "truncated")
