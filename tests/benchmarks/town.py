"""A town for benchmarks: a migrated database with as many people as are asked for, each with a telephone of their own."""

from __future__ import annotations

import os
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
from sqlalchemy import Engine, String, cast, insert, literal, select

from gateway.kernel.db import Database, open_engine
from gateway.kernel.phones import PhoneNumber
from gateway.kernel.ports import Ports
from gateway.kernel.randomness import SystemRandomness
from gateway.kernel.sealing import DaySealer
from gateway.kernel.secret import Secret
from gateway.kernel.vault import Vault
from gateway.messaging import actions
from gateway.messaging.model import BroadcastDraft
from gateway.migrations.run import upgrade
from gateway.roll.actions import add_community
from gateway.roll.model import NewCommunity
from gateway.roll.store import phone, resident
from tests.servers import durable_postgres

LINE = PhoneNumber("+8657100000001")
WORDS = "青山村:水管明天上午修好,修好以前请把水存好。有事请打这个号码。"
SECRET = "k" * 32
# When texts may go out; the benchmarks' clock starts here, whatever the hour is.
NOON = datetime(2026, 11, 24, 4, 0, tzinfo=UTC)
DATABASES = ("sqlite", "postgresql")


class NoonClock:
    """Goes as fast as the real one and began at noon, the same for a benchmark and the processes it starts."""

    def __init__(self) -> None:
        ahead = (NOON - datetime.now(UTC)).total_seconds()
        self._ahead = timedelta(seconds=float(os.environ.setdefault("XIANGYIN_BENCH_AHEAD", str(ahead))))

    def now(self) -> datetime:
        return datetime.now(UTC) + self._ahead


class NoQueue:
    """Nobody is called: the benchmarks run the jobs themselves."""

    def call(self, queue: str, job: str, *ids: int) -> None:
        pass


@dataclass
class Town:
    """A database, its folder, the ports over it and the community in it."""

    url: str
    folder: Path
    ports: Ports
    community_id: int
    people: list[int] = field(default_factory=list)

    @property
    def engine(self) -> Engine:
        return self.ports.db.engine


def open_ports(url: str, folder: Path) -> Ports:
    """Ports with the real database, and a clock at noon."""
    clock, vault = NoonClock(), Vault(folder / "vault")
    return Ports(
        db=Database(open_engine(url), NoQueue()),
        clock=clock,
        randomness=SystemRandomness(),
        vault=vault,
        secret=Secret(SECRET.encode()),
        sealer=DaySealer(vault, clock),
        call_sealer=DaySealer(vault, clock, "call"),
    )


@contextmanager
def town(database: str, people: int) -> Iterator[Town]:
    """A town of `people` on "sqlite" or "postgresql", in a folder that is removed afterwards."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="xiangyin-bench-")))
        url = stack.enter_context(empty_database(database, folder))
        upgrade(url)
        ports = open_ports(url, folder)
        stack.callback(ports.db.engine.dispose)
        with ports.db.work() as tx:
            community = add_community(tx, NewCommunity(code="qingshan", name="青山村", number=LINE))
            tx.commit()
        made = Town(url, folder, ports, community.id)
        made.people = _settle(made, people)
        yield made


@contextmanager
def empty_database(database: str, folder: Path) -> Iterator[str]:
    """The URL of a new database, as durable as in production."""
    if database == "sqlite":
        yield f"sqlite:///{folder / 'xiangyin.db'}"
        return
    with durable_postgres() as server:
        with psycopg.connect(f"{server}/postgres", autocommit=True) as connection:
            connection.execute("CREATE DATABASE town")
        yield f"{server}/town"


def _settle(made: Town, people: int) -> list[int]:
    """Write the people in two statements."""
    counted = select(literal(1).label("i")).cte("counted", recursive=True)
    counted = counted.union_all(select(counted.c.i + 1).where(counted.c.i < people))
    code = cast(literal(10_000_000) + counted.c.i, String)
    rows = select(literal(made.community_id), code, literal("村民"), literal("zh"))
    number = literal("+861").concat(cast(literal(3_000_000_000) + resident.c.id, String))
    with made.engine.begin() as connection:
        connection.execute(insert(resident).from_select(["community_id", "code", "name", "language"], rows))
        phones = select(resident.c.id, number, literal(0))
        connection.execute(insert(phone).from_select(["resident_id", "number", "position"], phones))
        if connection.dialect.name == "postgresql":
            connection.exec_driver_sql("ANALYZE")
        return list(connection.execute(select(resident.c.id).order_by(resident.c.id)).scalars())


def number_of(resident_id: int) -> str:
    """The number that a person of the town has."""
    return f"+861{3_000_000_000 + resident_id}"


def start(made: Town, people: list[int]) -> int:
    """Decide a broadcast to `people`, committed; returns its id."""
    draft = BroadcastDraft(
        community_id=made.community_id, kind="notice", subject="", texts={"zh": WORDS, "en": "The pipe is mended."},
        calls={"zh": WORDS, "en": "The pipe is mended."}, audience=people,
    )  # fmt: skip
    with made.ports.db.work() as tx:
        key = actions.start_broadcast(tx, draft, at=made.ports.clock.now())
        tx.commit()
    return key


def cpu_seconds(pids: list[int]) -> float:
    """What processes have used of the processor so far."""
    ticks = 0
    for pid in pids:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        ticks += int(fields[11]) + int(fields[12])
    return ticks / os.sysconf("SC_CLK_TCK")


def end(child: subprocess.Popen[bytes]) -> None:
    """End a process that we started."""
    child.send_signal(signal.SIGTERM)
    try:
        child.wait(15)
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait()


def family(pid: int) -> list[int]:
    """A process and all that it started."""
    found = [pid]
    for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split():
        found += family(int(child))
    return found
