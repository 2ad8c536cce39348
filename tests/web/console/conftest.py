"""The console app, and a browser that is signed in."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from gateway.bootstrap import Gateway
from gateway.web.console_app import create_console_app
from tests.web.sample import PASSWORD, Sample

ADDRESS = "https://console.example"


class Browser:
    """Keeps the cookie and the form token of the page it last saw."""

    def __init__(self, app: Flask) -> None:
        self.client: FlaskClient = app.test_client()
        self.token = ""

    def get(self, path: str) -> TestResponse:
        answer = self.client.get(path, base_url=ADDRESS)
        if found := re.search(r'name="token" value="([0-9a-f]+)"', answer.text):
            self.token = found[1]
        return answer

    def post(self, path: str, /, **form: str) -> TestResponse:
        return self.client.post(path, base_url=ADDRESS, data={"token": self.token, **form})

    def sign_in(self, name: str, password: str = PASSWORD) -> TestResponse:
        self.get("/sign-in")
        return self.post("/sign-in", name=name, password=password)

    def speak(self, language: str) -> None:
        self.get("/sign-in")
        assert self.post("/language", language=language, back="/").status_code == 303


@pytest.fixture
def app(gateway: Gateway, sample: Sample) -> Flask:
    app = create_console_app(gateway)
    app.testing = False
    return app


@pytest.fixture
def stranger(app: Flask) -> Browser:
    return Browser(app)


@pytest.fixture
def signed_in(app: Flask) -> Callable[[str], Browser]:
    """A browser signed in under a staff name."""

    def make(name: str) -> Browser:
        browser = Browser(app)
        assert browser.sign_in(name).status_code == 303
        browser.get("/sign-in")
        return browser

    return make


@pytest.fixture
def clerk(signed_in: Callable[[str], Browser]) -> Browser:
    """The clerk of the sample's first community."""
    return signed_in("林文书")
