"""`xiangyin run`: the whole installation on one machine, with a sample community on first start."""

from __future__ import annotations

import signal
from pathlib import Path
from types import FrameType

import click

from gateway.cli.forking import preload
from gateway.cli.processes import Installation, StartError, busy_ports, programs, queue_server, running
from gateway.cli.sample.seed import seed
from gateway.cli.terminal import Terminal, standalone
from gateway.migrations.run import upgrade
from gateway.settings import Settings


@standalone("run", example="make run")
def run(terminal: Terminal) -> None:
    """Start everything: database, queue, web, console, workers, clock and, by default, the simulated carrier."""
    settings = terminal.settings
    # Until everything runs, too, what has been started is ended again, as it is with Ctrl-C.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    for name, port in busy_ports(settings).items():
        raise click.ClickException(terminal.say("staff_run.port_taken", setting=name.upper(), port=port))
    upgrade(settings.database_url)
    try:
        with queue_server(settings):
            _run(terminal, settings)
    except StartError as error:
        raise click.ClickException(terminal.say("staff_run.not_started", what=str(error))) from None


def _run(terminal: Terminal, settings: Settings) -> None:
    sample = seed(terminal.gateway)
    # The programs are forked off this process: nothing open may go with them.
    terminal.gateway.db.engine.dispose()
    terminal.gateway.redis.close()
    preload()
    cards = ("--cards", str(sample.cards)) if settings.carrier == "simulator" else ()
    with running(settings, programs(settings, cards), forks=True) as installation:
        _stop_on_signal(installation)
        _greet(terminal, settings, sample.community_code, sample.sign_in)
        installation.watch()
        click.echo(terminal.say("staff_run.stopping"))


def _stop_on_signal(installation: Installation) -> None:
    def stop(_number: int, _frame: FrameType | None) -> None:
        installation.stopping.set()

    signal.signal(signal.SIGINT, stop)
    signal.signal(signal.SIGTERM, stop)


def _greet(terminal: Terminal, settings: Settings, community_code: str, sign_in: Path) -> None:
    addresses = {
        "public": f"http://127.0.0.1:{settings.port}/c/{community_code}/",
        "console": f"http://127.0.0.1:{settings.console_port}/",
        "handset": f"http://127.0.0.1:{settings.simulator_port}/" if settings.carrier == "simulator" else "-",
        "sign_in": sign_in.read_text(encoding="utf-8").strip(),
        "logs": str(settings.data_dir / "logs"),
    }
    terminal.show(addresses, terminal.say("staff_run.running", **addresses))
