"""P3: a keypress of a call beside Flask, the library's validator and its gather; and 20 calls at once on a real server.

The keys pressed are those that callers press most: into a menu, an option of a ballot, hear it again. None of them writes; what
casting costs is in the benchmark of webhooks.
"""

from __future__ import annotations

import http.client
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from urllib.parse import urlencode
from xml.etree import ElementTree as ET

from flask import Flask, Response, abort, request
from twilio.request_validator import RequestValidator
from twilio.twiml.voice_response import Gather, VoiceResponse

from gateway.bootstrap import build_gateway
from gateway.migrations.run import upgrade
from gateway.polls.model import Method
from gateway.settings import load_settings
from gateway.web.public_app import create_public_app
from tests.benchmarks.measuring import Report, percentile, rate, side_by_side
from tests.conversation.callers import ALONE, ENGLISH, LINE, a_poll_by, a_village
from tests.servers import free_port, wait_until

PUBLIC_URL = "https://village.example"
TOKEN = "token"
ACCOUNT = "AC" + "0" * 32
ROOT = Path(__file__).parent.parent.parent
STEPS = 600
CALLERS, STEPS_EACH = 20, 30
Wsgi = Callable[..., object]


def run(report: Report) -> None:
    """Print the ratio in one process, and the times on a server."""
    with tempfile.TemporaryDirectory() as folder:
        environment = _environment(Path(folder))
        keys = _prepare(environment)
        report.title("A keypress of a call (P3)")
        _ratio(report, environment, keys)
        report.title(f"{CALLERS} calls at once")
        _at_once(report, environment, keys)


def _environment(folder: Path) -> dict[str, str]:
    return {
        "DATABASE_URL": f"sqlite:///{folder / 'village.db'}", "DATA_DIR": str(folder), "VAULT_DIR": str(folder / "vault"),
        "SECRET_KEY": "k" * 32, "CARRIER": "twilio", "TWILIO_ACCOUNT_SID": ACCOUNT, "TWILIO_AUTH_TOKEN": TOKEN,
        "PUBLIC_URL": PUBLIC_URL, "REDIS_URL": "redis://127.0.0.1:1",
    }  # fmt: skip


def _prepare(environment: Mapping[str, str]) -> list[tuple[str, dict[str, str]]]:
    """A village with a poll, and the requests of some keypresses: in the menu, at the ballot, at the read-back."""
    upgrade(environment["DATABASE_URL"])
    gateway = build_gateway(load_settings(environment))
    a_poll_by(gateway.ports, a_village(gateway.ports), Method.SINGLE)
    app = create_public_app(gateway)
    question = _next(app, "/twilio/voice", _form(ALONE.e164))
    read_back = _next(app, question, _form(ALONE.e164, "2"))
    menu = _next(app, question, _form(ALONE.e164, "*"))
    english = _next(app, "/twilio/voice", _form(ENGLISH.e164))
    return [
        (question, _form(ALONE.e164, "2")),
        (read_back, _form(ALONE.e164, "9")),
        (menu, _form(ALONE.e164, "2")),
        (menu, _form(ALONE.e164, "9")),
        (english, _form(ENGLISH.e164, "1")),
    ]


def _form(caller: str, digits: str = "") -> dict[str, str]:
    return {
        "CallSid": f"CA{caller[1:]:0>32}", "AccountSid": ACCOUNT, "From": caller, "To": LINE.e164, "Direction": "inbound",
        "CallStatus": "in-progress", "ApiVersion": "2010-04-01", "Digits": digits, "FromCountry": "CN", "ToCountry": "CN",
    }  # fmt: skip


def _next(app: Wsgi, path: str, form: Mapping[str, str]) -> str:
    """The address of the next step."""
    root = ET.fromstring(_post(app, path, form))
    gather = root.find("Gather")
    assert gather is not None
    return gather.attrib["action"].removeprefix(PUBLIC_URL)


def _ratio(report: Report, environment: Mapping[str, str], keys: list[tuple[str, dict[str, str]]]) -> None:
    gateway = build_gateway(load_settings(environment))
    product, plain = create_public_app(gateway), _plain()

    def steps(app: Wsgi) -> Callable[[], int]:
        requests = [_environ(path, form) for path, form in keys]

        def work() -> int:
            for number in range(STEPS):
                _call(app, requests[number % len(requests)])
            return STEPS

        return work

    pair = side_by_side(rate(steps(product)), rate(steps(plain)))
    report.say(
        f"product {1e6 / pair.subject:,.0f} µs a key, Flask with validator and gather {1e6 / pair.baseline:,.0f} µs"
    )
    report.goal("P3 of the baseline", pair.ratio, least=0.6)


def _plain() -> Flask:
    app, validator = Flask("plain", static_folder=None), RequestValidator(TOKEN)

    @app.post("/twilio/voice/step")
    def step() -> Response:
        url = f"{PUBLIC_URL}{request.full_path}"
        if not validator.validate(url, request.form, request.headers["X-Twilio-Signature"]):
            abort(403)
        response = VoiceResponse()
        gather = Gather(action=url, num_digits=1, timeout=4, input="dtmf", action_on_empty_result=True)
        gather.say("To vote, press 1.", language="en-GB")
        response.append(gather)
        response.redirect(url)
        return Response(str(response), content_type="text/xml")

    return app


def _environ(path: str, form: Mapping[str, str]) -> dict[str, object]:
    address, _, query = path.partition("?")
    body = urlencode(form).encode()
    return {
        "REQUEST_METHOD": "POST", "PATH_INFO": address, "QUERY_STRING": query, "SERVER_NAME": "village.example",
        "SERVER_PORT": "443", "SERVER_PROTOCOL": "HTTP/1.1", "wsgi.url_scheme": "https", "wsgi.errors": sys.stderr,
        "CONTENT_TYPE": "application/x-www-form-urlencoded", "CONTENT_LENGTH": str(len(body)), "body": body,
        "HTTP_HOST": "village.example", "HTTP_X_TWILIO_SIGNATURE": _signature(path, form), "HTTP_ACCEPT": "*/*",
        "HTTP_USER_AGENT": "TwilioProxy/1.1",
    }  # fmt: skip


def _signature(path: str, form: Mapping[str, str]) -> str:
    return str(RequestValidator(TOKEN).compute_signature(PUBLIC_URL + path, dict(form)))


def _call(app: Wsgi, environ: Mapping[str, object]) -> bytes:
    statuses: list[str] = []
    body = environ["body"]
    assert isinstance(body, bytes)
    answer = app({**environ, "wsgi.input": BytesIO(body)}, lambda status, _headers, _exc=None: statuses.append(status))
    content = b"".join(answer)  # type: ignore[call-overload]
    assert statuses == ["200 OK"], statuses
    return bytes(content)


def _post(app: Wsgi, path: str, form: Mapping[str, str]) -> bytes:
    return _call(app, _environ(path, form))


def _at_once(report: Report, environment: Mapping[str, str], keys: list[tuple[str, dict[str, str]]]) -> None:
    requests = [(path, urlencode(form), _signature(path, form)) for path, form in keys]
    with _server(environment) as port:

        def one_call(number: int) -> list[float]:
            connection, times = http.client.HTTPConnection("127.0.0.1", port, timeout=30), []
            for step in range(STEPS_EACH):
                path, body, signature = requests[(number + step) % len(requests)]
                begun = time.perf_counter()
                connection.request("POST", path, body, _headers(signature))
                answer = connection.getresponse()
                answer.read()
                times.append((time.perf_counter() - begun) * 1000)
                assert answer.status == 200
            connection.close()
            return times

        with ThreadPoolExecutor(CALLERS) as pool:
            list(pool.map(one_call, range(CALLERS)))
            times = [time for times in pool.map(one_call, range(CALLERS)) for time in times]
    report.say(f"{len(times)} keys, p95 {percentile(times, 0.95):.0f} ms, p99 {percentile(times, 0.99):.0f} ms")
    report.goal("a key is answered in the median, ms", statistics.median(times), most=50)


def _headers(signature: str) -> dict[str, str]:
    return {"X-Twilio-Signature": signature, "Content-Type": "application/x-www-form-urlencoded"}


@contextmanager
def _server(environment: Mapping[str, str]) -> Iterator[int]:
    """granian with two processes of four threads, as in production."""
    port = free_port()
    command = [
        sys.executable, "-m", "granian", "--interface", "wsgi", "--factory", "gateway.web.public_wsgi:public",
        "--host", "127.0.0.1", "--port", str(port), "--workers", "2", "--blocking-threads", "4", "--no-ws",
        "--log-level", "warning", "--workers-kill-timeout", "5",
    ]  # fmt: skip
    child = subprocess.Popen(command, cwd=ROOT, env={**os.environ, **environment})

    def is_up() -> bool:
        try:
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=2)
            connection.request("GET", "/healthz")
            return connection.getresponse().status == 200
        except OSError:
            return False

    try:
        wait_until(is_up, "the server of the benchmark", 120)
        yield port
    finally:
        child.terminate()
        child.wait(20)
