"""The gateway as the jobs of one worker process share it: built once, when the first job asks."""

from __future__ import annotations

import threading
from functools import cache

from gateway.bootstrap import Gateway, build_gateway
from gateway.settings import load_settings
from gateway.topics.transcribing import Transcriber, load_transcriber

# Set when this process is asked to end: whoever waits for a token stops waiting.
stopping = threading.Event()


@cache
def gateway() -> Gateway:
    """The gateway over this process's settings."""
    return build_gateway(load_settings())


@cache
def transcriber() -> Transcriber | None:
    """The speech engine of this installation, loaded when the first recording asks; None where there is none."""
    return load_transcriber(gateway().settings.transcriber)
