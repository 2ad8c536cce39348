"""The door before the web framework: texts, reports and keypresses, which come by the thousand, are answered here.

For a vote the framework took as long as understanding, sealing and writing it. Only what is whole, plain and signed is
answered at the door; everything else goes in with its body and is refused, or answered, by the views as ever. What goes
wrong at the door is raised again inside, where there are words for it: nothing is done twice.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from io import BytesIO
from typing import TYPE_CHECKING, Any

from gateway.carriers.port import SignedRequest
from gateway.web.admission import Admission
from gateway.web.hooks.answering import Answering
from gateway.web.hooks.requests import FAILED, LARGEST_BODY, fields_of, is_too_many, signed_request

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

Act = Callable[[SignedRequest, Mapping[str, str]], str | None]


@dataclass(frozen=True)
class _Answer:
    """What goes back."""

    status: str
    headers: list[tuple[str, str]]
    body: list[bytes]


class Door:
    """A WSGI app: what is usual is answered, all else is passed on to `inside`."""

    def __init__(
        self, inside: WSGIApplication, answering: Answering, admission: Admission, headers: Mapping[str, str]
    ) -> None:
        self.inside = inside
        self._answering = answering
        self._admission = admission
        self._headers = [*headers.items(), ("Content-Type", "text/xml; charset=utf-8")]
        self._nothing = [*headers.items(), ("Content-Type", "text/html; charset=utf-8")]
        self._acts: Mapping[str, Act] = {
            "/twilio/sms": self._text,
            "/twilio/voice/step": self._call_step,
            "/twilio/status/message": self._text_report,
            "/twilio/status/call": self._call_report,
        }

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer, or pass on."""
        try:
            answer = self._answer(environ)
        except Exception as error:  # noqa: BLE001  # raised again inside
            environ[FAILED], answer = error, None
        if answer is None:
            return self.inside(environ, start_response)
        start_response(answer.status, answer.headers)
        return answer.body

    def _answer(self, environ: WSGIEnvironment) -> _Answer | None:
        """The answer, or None; what there is of the body can then be read again."""
        act = self._acts.get(environ["PATH_INFO"]) if environ["REQUEST_METHOD"] == "POST" else None
        if act is None:
            return None
        self._admission.enter(may_wait=False)
        try:
            signed = self._read(environ)
            if signed is None:
                return None
            words = act(signed, dict(reversed(fields_of(environ.get("QUERY_STRING", "")))))
        finally:
            self._admission.leave(may_wait=False)
        if words is None:
            return _Answer("204 NO CONTENT", list(self._nothing), [])
        body = words.encode()
        return _Answer("200 OK", [*self._headers, ("Content-Length", str(len(body)))], [body])

    def _read(self, environ: WSGIEnvironment) -> SignedRequest | None:
        """The request if it is whole, of the usual form and signed."""
        length = environ.get("CONTENT_LENGTH") or ""
        if not (length.isascii() and length.isdigit()) or int(length) > LARGEST_BODY:
            return None
        body = _body(environ, int(length))
        environ["wsgi.input"] = BytesIO(body)
        if len(body) != int(length) or is_too_many(body):
            return None
        try:
            signed = signed_request(self._answering.gateway.settings.public_url, environ, fields_of(body.decode()))
        except UnicodeDecodeError:
            return None
        return signed if self._answering.gateway.carrier.verifies(signed) else None

    def _text(self, signed: SignedRequest, _query: Mapping[str, str]) -> str:
        return self._answering.text(signed)

    def _call_step(self, signed: SignedRequest, query: Mapping[str, str]) -> str:
        incoming = self._answering.gateway.carrier.read_call(signed)
        return self._answering.call_step(incoming, query.get("t", ""))

    def _text_report(self, signed: SignedRequest, query: Mapping[str, str]) -> None:
        self._answering.report("text", signed, query.get("a", ""))

    def _call_report(self, signed: SignedRequest, query: Mapping[str, str]) -> None:
        self._answering.report("call", signed, query.get("a", ""))


def _body(environ: Mapping[str, Any], length: int) -> bytes:
    """As much of the body as there is."""
    try:
        return bytes(environ["wsgi.input"].read(length))
    except OSError:
        return b""
