"""The public app without its rule of admission, to see what the rule is worth."""

from __future__ import annotations

from typing import Any

from flask import Flask

from gateway.web.public_app import create_public_app
from gateway.web.wsgi import open_gateway


def unguarded() -> Any:
    """The app as it would be if everybody were let in."""
    app: Flask = create_public_app(open_gateway())
    app.before_request_funcs[None] = [
        one for one in app.before_request_funcs[None] if one.__module__ != "gateway.web.admission"
    ]
    return app
