"""What every command shares: `--json`, an example in `--help`, the gateway, progress bars, one clear line on refusal.

A command is a function that takes a `Terminal` first and is registered with `command(group, name, example=…)`, or with
`standalone(name, example=…)` when it has no group.
Exit status: 0 done, 1 refused by a rule or by the input (one line on stderr), 2 usage.
"""

from __future__ import annotations

import functools
import json
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeVar

import click

from gateway.bootstrap import Gateway, build_gateway
from gateway.kernel.errors import GatewayError
from gateway.kernel.logs import set_up_logs
from gateway.settings import SettingError, Settings, load_settings
from gateway.wording.catalogue import Wording, load_wording

Item = TypeVar("Item")


@dataclass
class Terminal:
    """Where a command speaks: to a person, or with `--json` to a machine."""

    as_json: bool

    @cached_property
    def settings(self) -> Settings:
        """The installation's settings."""
        return load_settings()

    @cached_property
    def gateway(self) -> Gateway:
        """The gateway over the installation's settings."""
        set_up_logs(self.settings.log_level)
        return build_gateway(self.settings)

    def show(self, data: Any, text: str) -> None:
        """Print `data` as one JSON document with `--json`, else `text`."""
        click.echo(json.dumps(data, ensure_ascii=False, default=str) if self.as_json else text)

    def say(self, key: str, **values: str | int) -> str:
        """A sentence in the language of the command line."""
        return self.gateway.wording.say(key, self.settings.language, **values)

    def hang_up(self) -> None:
        """Close the connections that the command opened."""
        if "gateway" in self.__dict__:
            self.gateway.db.engine.dispose()
            self.gateway.redis.close()

    @contextmanager
    def progress(self, items: Iterable[Item], label: str, length: int | None = None) -> Iterator[Iterable[Item]]:
        """Walk through `items` with a bar on a terminal; silent for machines and in files."""
        hidden = self.as_json or not sys.stderr.isatty()
        with click.progressbar(items, label=label, length=length, file=sys.stderr, hidden=hidden) as bar:
            yield bar


def command(group: click.Group, name: str, *, example: str) -> Callable[[Callable[..., None]], click.Command]:
    """Register a function as `xiangyin <group> <name>`; it gets a Terminal and then its own options."""

    def register(function: Callable[..., None]) -> click.Command:
        made = standalone(name, example=example)(function)
        group.add_command(made)
        return made

    return register


def standalone(name: str, *, example: str) -> Callable[[Callable[..., None]], click.Command]:
    """Make a function the command `xiangyin <name>`; it gets a Terminal and then its own options."""

    def make(function: Callable[..., None]) -> click.Command:
        @functools.wraps(function)
        def run(*args: Any, as_json: bool, **options: Any) -> None:
            terminal = Terminal(as_json)
            try:
                function(terminal, *args, **options)
            except (GatewayError, SettingError) as error:
                click.echo(_refusal(error, terminal), err=True)
                raise SystemExit(1) from None
            finally:
                terminal.hang_up()

        option = click.option("--json", "as_json", is_flag=True, help="Print one JSON document for machines.")
        return click.command(name, epilog=f"Example: {example}")(option(run))

    return make


def _refusal(error: GatewayError | SettingError, terminal: Terminal) -> str:
    if isinstance(error, SettingError):
        return str(error)
    return explain(error, load_wording(), terminal.settings.language)


def explain(error: GatewayError, wording: Wording, language: str) -> str:
    """The sentence for an error; its bare code when the catalogue has none (a guard test looks for those)."""
    key = f"error.{error.code}"
    return wording.say(key, language, **error.params) if wording.has(key) else str(error)
