"""The public app over a gateway whose database is real, with a village in it."""

from __future__ import annotations

import pytest
from flask import Flask
from flask.testing import FlaskClient

from gateway.bootstrap import Gateway
from gateway.web.public_app import create_public_app
from tests.roll.people import a_community, enter

ROLL = """name,phone,code,pin,language,consent
王桂花,+8613812340001,10014,7351,zh,yes
"""


@pytest.fixture
def app(gateway: Gateway) -> Flask:
    return create_public_app(gateway)


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


@pytest.fixture
def village(gateway: Gateway) -> int:
    """A community with one resident; returns its id."""
    community = a_community(gateway.ports)
    enter(gateway.ports, community, ROLL)
    return community.id
