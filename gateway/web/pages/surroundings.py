"""Where a request finds the gateway: the one object that the app was made over."""

from __future__ import annotations

from flask import Flask, current_app

from gateway.bootstrap import Gateway

_NAME = "xiangyin"


def surround(app: Flask, gateway: Gateway) -> None:
    """Let every request of `app` find `gateway`."""
    app.extensions[_NAME] = gateway


def this_gateway() -> Gateway:
    """The gateway that serves the present request."""
    gateway: Gateway = current_app.extensions[_NAME]
    return gateway
