"""The public app for a server: `granian --interface wsgi --factory gateway.web.public_wsgi:public`."""

from __future__ import annotations

from flask import Flask

from gateway.web.public_app import create_public_app
from gateway.web.wsgi import open_gateway


def public() -> Flask:
    """The public app of the installation that the environment describes."""
    return create_public_app(open_gateway())
