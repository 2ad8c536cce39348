"""The staff console for a server: `granian --interface wsgi --factory gateway.web.console_wsgi:console`."""

from __future__ import annotations

from flask import Flask

from gateway.web.console_app import create_console_app
from gateway.web.wsgi import open_gateway


def console() -> Flask:
    """The console of the installation that the environment describes."""
    return create_console_app(open_gateway())
