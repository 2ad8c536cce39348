"""A token that asks too often is told when to come again, whichever process it asks."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
import redis
from flask.testing import FlaskClient

from gateway.bootstrap import Gateway
from gateway.kernel.pacing import LocalPacer, Pacer, RedisPacer
from gateway.systems import views
from gateway.systems.model import Token
from gateway.web.exchange.limiting import REQUESTS_PER_MINUTE, TooOftenError, let_ask
from gateway.web.public_app import create_public_app
from tests.web.sample import Sample


def token_of(gateway: Gateway, text: str) -> Token:
    with gateway.db.read() as conn:
        found = views.token_for(conn, text, gateway.ports.clock.now())
    assert found
    return found


def exhaust(pacer: Pacer, token: Token) -> None:
    for _ in range(REQUESTS_PER_MINUTE):
        let_ask(pacer, token)


def test_token_that_asks_too_often_is_told_when_to_come_again(
    gateway: Gateway, give: Callable[..., str], sample: Sample
) -> None:
    moment = [0.0]
    pacer = LocalPacer(clock=lambda: moment[0])
    client: FlaskClient = create_public_app(
        replace(gateway, traffic=replace(gateway.traffic, pacer=pacer))
    ).test_client()
    text, other = give("read", "report", community=sample.code), give("read")
    exhaust(pacer, token_of(gateway, text))

    def ask(key: str) -> int:
        return client.get("/api/v1/communities", headers={"Authorization": f"Bearer {key}"}).status_code

    refused = client.get("/api/v1/communities", headers={"Authorization": f"Bearer {text}"})
    assert refused.status_code == 429
    assert refused.headers["Retry-After"] == "1"
    assert refused.get_json()["error"]["code"] == "token_too_often"
    handed_in = client.post("/open311/v2/requests.json", data={"api_key": text, "service_code": "road"})
    assert (handed_in.status_code, handed_in.headers["Retry-After"]) == (429, "1")
    assert ask(other) == 200
    moment[0] = 1.0
    assert ask(text) == 200
    document = client.get("/api/v1/openapi.json").get_json()
    assert "Retry-After" in document["components"]["responses"]["429"]["headers"]
    assert all("429" in path["get"]["responses"] for path in document["paths"].values())


def test_token_has_one_allowance_over_all_processes(gateway: Gateway, give: Callable[..., str], redis_url: str) -> None:
    if not gateway.db.is_sqlite:
        pytest.skip("Redis is the same with either database")
    token = token_of(gateway, give("read"))
    one, other = (RedisPacer(redis.Redis.from_url(redis_url)) for _ in range(2))
    exhaust(one, token)
    with pytest.raises(TooOftenError):
        # What fills up again meanwhile is a few at most.
        for _ in range(REQUESTS_PER_MINUTE // 4):
            let_ask(other, token)
