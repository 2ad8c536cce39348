"""`xiangyin retention`: what is past its time, and forgetting it before the clock does."""

from __future__ import annotations

import click

from gateway.bootstrap import retention_rules
from gateway.cli.terminal import Terminal, command
from gateway.erasure import retention
from gateway.erasure.model import Expiring

group = click.Group("retention", help="How long recordings, numbers and reasons are kept (settings …_DAYS).")


@command(group, "preview", example="xiangyin retention preview")
def preview(terminal: Terminal) -> None:
    """Say what is past its time and would be forgotten now."""
    _show(
        terminal,
        "staff_retention.preview",
        retention.preview(terminal.gateway.ports, retention_rules(terminal.settings)),
    )


@command(group, "apply", example="xiangyin retention apply")
def apply(terminal: Terminal) -> None:
    """Forget now what is past its time, as the clock does every few hours."""
    settings = terminal.settings
    rules, folder = retention_rules(settings), settings.data_dir / "recordings"
    _show(terminal, "staff_retention.applied", retention.expire(terminal.gateway.ports, rules, folder))


def _show(terminal: Terminal, key: str, found: Expiring) -> None:
    days = vars(retention_rules(terminal.settings))
    rules = {f"{name}_days": count for name, count in days.items()}
    terminal.show({**vars(found), "days": days}, terminal.say(key, **vars(found), **rules))
