"""`xiangyin demo`: a whole deliberation of a made-up village by simulated telephones, and whether it came out right.

It runs an installation of its own in a folder of its own: real web server, workers, queue and telephone company, on
free ports. Nothing of an existing installation is touched.
"""

from __future__ import annotations

import asyncio
import shutil
import socket
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import click

from gateway.bootstrap import Gateway, build_gateway
from gateway.carriers.simulator.driver import AsyncTelephones, Telephones
from gateway.cli.demo import village
from gateway.cli.demo.play import Play
from gateway.cli.demo.summary import Summary, summarise
from gateway.cli.processes import programs, queue_server, running
from gateway.cli.terminal import Terminal, standalone
from gateway.kernel.phones import PhoneNumber
from gateway.messaging.model import Progress
from gateway.migrations.run import upgrade
from gateway.roll import actions as roll
from gateway.roll.importing import parse_roll
from gateway.roll.model import NewCommunity
from gateway.settings import Settings, load_settings

# A second of ringing and speaking takes this much real time.
PACE = "0.002"
PORTS = ("port", "console_port", "simulator_port")


@dataclass(frozen=True)
class Stage:
    """Where the play takes place."""

    terminal: Terminal
    settings: Settings
    gateway: Gateway


@standalone("demo", example="xiangyin demo --people 300")
@click.option("--people", type=click.IntRange(20, 5000), default=300, show_default=True, help="How many residents.")
@click.option("--keep", is_flag=True, help="Keep the folder with database and logs for looking into.")
def demo(terminal: Terminal, *, people: int, keep: bool) -> None:
    """Some hundreds of residents raise topics, vote and hear the result; half by text, half by call."""
    began = time.monotonic()
    with _folder(terminal.settings.data_dir, keep=keep) as folder, ExitStack() as stack:
        settings = _settings(folder, terminal.settings.language)
        upgrade(settings.database_url)
        chosen = [p for p in programs(settings, ("--pace", PACE)) if p.name != "console"]
        stack.enter_context(queue_server(settings))
        stack.enter_context(running(settings, chosen))
        stage = Stage(terminal, settings, build_gateway(settings))
        stack.callback(stage.gateway.db.engine.dispose)
        summary = asyncio.run(_perform(stage, village.make_village(people)))
        seconds = time.monotonic() - began
    terminal.show(summary.to_json() | {"seconds": round(seconds, 1)}, summary.to_text(terminal.say, seconds))
    if not summary.is_right:
        raise SystemExit(1)


async def _perform(stage: Stage, villagers: list[village.Villager]) -> Summary:
    """The acts in order; each shows how far it is."""
    gateway = stage.gateway
    company = f"http://127.0.0.1:{stage.settings.simulator_port}"
    async with AsyncTelephones(company) as telephones:
        play = Play(gateway, telephones, villagers, _people(gateway, villagers))
        with _bar(stage, "set_up", len({v.phone for v in villagers})) as report:
            await play.set_up(report)
        with _bar(stage, "topics", sum(bool(v.topic) for v in villagers)) as report:
            raised = await play.raise_topics(report)
        play.screen(raised)
        poll = play.open_poll()
        _deliver(stage, play, "asking")
        with _bar(stage, "votes", sum(bool(v.choice) for v in villagers)) as report:
            await play.vote(poll, report)
        result = play.close(poll)
        play.post_update(raised[0])
        _deliver(stage, play, "deliveries")
        return await summarise(play, result, raised, warnings=len(Telephones(company).warnings()))


def _deliver(stage: Stage, play: Play, act: str) -> None:
    """Show how the latest broadcast to everybody gets on, until all who can be reached now are."""
    seen = 0
    with _bar(stage, act, len(play.villagers)) as report:

        def show(progress: Progress) -> None:
            nonlocal seen
            report(progress.delivered - seen)
            seen = progress.delivered

        play.wait_for_deliveries(show)


def _people(gateway: Gateway, villagers: list[village.Villager]) -> int:
    """The village and its roll."""
    ports = gateway.ports
    name = gateway.wording.say("sample.village", "zh")
    new = NewCommunity("demo", name, PhoneNumber(village.LINE), timezone=_zone_at_noon(), languages=("zh", "en"))
    with gateway.db.work() as tx:
        community = roll.add_community(tx, new)
        parsed = parse_roll(village.to_roll(villagers), region="CN")
        roll.import_roll(tx, community.id, parsed, randomness=ports.randomness, secret=ports.secret)
        tx.commit()
    return community.id


def _zone_at_noon() -> str:
    """The time zone in which it is about noon now: nobody is called at night, not even in a demonstration."""
    ahead = (12 - datetime.now(UTC).hour + 12) % 24 - 12
    # POSIX names have the sign the other way round.
    return f"Etc/GMT{-ahead:+d}" if ahead else "Etc/GMT"


@contextmanager
def _folder(data_dir: Path, *, keep: bool) -> Iterator[Path]:
    data_dir.mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix="demo-", dir=data_dir))
    try:
        yield folder
    finally:
        if not keep:
            shutil.rmtree(folder, ignore_errors=True)


def _settings(folder: Path, language: str) -> Settings:
    with ExitStack() as stack:
        probes = [stack.enter_context(socket.socket()) for _ in PORTS]
        for probe in probes:
            probe.bind(("127.0.0.1", 0))
        ports = [str(probe.getsockname()[1]) for probe in probes]
    named = {name.upper(): port for name, port in zip(PORTS, ports, strict=True)}
    return load_settings({"DATA_DIR": str(folder), "LANGUAGE": language, **named})


@contextmanager
def _bar(stage: Stage, act: str, length: int) -> Iterator[Callable[[int], None]]:
    label = stage.terminal.say(f"staff_demo.{act}")
    with stage.terminal.progress(range(length), label, length) as bar:
        update = getattr(bar, "update", None)
        yield lambda done: update(done) if update else None
