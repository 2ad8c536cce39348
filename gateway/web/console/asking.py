"""Asking for a second person; what is then carried out stands in `releases`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gateway.kernel.db import UnitOfWork
from gateway.staff import releasing
from gateway.web.console.guard import here, signed_in
from gateway.web.pages.surroundings import this_gateway


def ask_for_second(tx: UnitOfWork, action: str, subject: str, terms: Mapping[str, Any] | None = None) -> int:
    """Ask that somebody else agree to `action` on `subject`; errors as in `releasing.ask`."""
    now = this_gateway().ports.clock.now()
    return releasing.ask(tx, here().id, action, subject, by=signed_in().name, at=now, terms=terms)
