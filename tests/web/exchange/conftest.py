"""The public app over a village, and tokens of several kinds for it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from gateway.bootstrap import Gateway
from gateway.systems import actions
from gateway.web.public_app import create_public_app
from tests.web.sample import Sample

Ask = Callable[..., TestResponse]


@pytest.fixture
def client(gateway: Gateway) -> FlaskClient:
    return create_public_app(gateway).test_client()


@pytest.fixture
def give(gateway: Gateway, sample: Sample) -> Callable[..., str]:
    """Give a token: `give("read", community="qiaotou", days=30)`; the text of it."""

    def give_one(*scopes: str, community: str | None = None, days: int = 30) -> str:
        from gateway.roll import views as roll

        with gateway.db.work() as tx:
            place = roll.community_by_code(tx.connection, community).id if community else None
            _, text = actions.add_token(tx, "镇里的系统", place, scopes, days, ports=gateway.ports)
            tx.commit()
        return text

    return give_one


@pytest.fixture
def ask(client: FlaskClient, give: Callable[..., str]) -> Ask:
    """Ask `/api/v1…` with a token for everything."""
    token = give("read", "overview")
    return lambda path, **query: client.get(
        f"/api/v1{path}", query_string=query, headers={"Authorization": f"Bearer {token}"}
    )


def values_of(answer: TestResponse) -> Any:
    assert answer.status_code == 200, answer.text
    return answer.get_json()
