"""Fixtures that every test may use: the database (each test runs on SQLite and on PostgreSQL), ports, a Redis."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest
import redis
from sqlalchemy import Engine

from gateway.kernel.db import Database, open_engine
from gateway.kernel.ports import Ports
from gateway.kernel.sealing import DaySealer
from gateway.kernel.secret import Secret
from gateway.kernel.vault import Vault
from gateway.migrations.run import upgrade
from gateway.wording.catalogue import Wording, load_wording
from tests import servers
from tests.databases import left_out
from tests.fakes import RecordingQueue, ScriptedCarrier, SeededRandomness, StillClock

SHARED_DATA = Path(__file__).parent.parent.parent / "shared" / "data"


def pytest_addoption(parser: pytest.Parser) -> None:
    """Golden transcripts are rewritten with `--update-transcripts`, and then read by a person."""
    parser.addoption("--update-transcripts", action="store_true", help="write the golden transcripts anew")
    parser.addoption("--both-databases", action="store_true", help="run every test on SQLite and on PostgreSQL")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what `tests.databases` says need not run."""
    if os.environ.get("SOAK") or config.getoption("--both-databases"):
        return
    left = left_out(items)
    config.hook.pytest_deselected(items=[item for item in items if item.nodeid in left])
    items[:] = [item for item in items if item.nodeid not in left]


@pytest.fixture
def shared_data() -> Path:
    """The folder of real data beside the checkout; the test is skipped where it is absent."""
    if not SHARED_DATA.is_dir():
        pytest.skip("the folder of real data is not beside this checkout")
    return SHARED_DATA


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """A running PostgreSQL with a migrated database `template` to copy from."""
    with servers.postgres() as url:
        with psycopg.connect(f"{url}/postgres", autocommit=True) as connection:
            connection.execute("CREATE DATABASE template")
        upgrade(f"{url}/template")
        yield url


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated SQLite file to copy from."""
    path = tmp_path_factory.mktemp("sqlite") / "template.db"
    upgrade(f"sqlite:///{path}")
    return path


@pytest.fixture(scope="session")
def postgres_database(postgres_url: str) -> Iterator[servers.ReusedDatabase]:
    """One migrated PostgreSQL database that the tests of this process use one after the other."""
    yield servers.ReusedDatabase(postgres_url)


@pytest.fixture(params=["sqlite", "postgres"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A migrated database without a row for each test, once in SQLite and once in PostgreSQL."""
    if request.param == "sqlite":
        path = tmp_path / "xiangyin.db"
        shutil.copy(request.getfixturevalue("sqlite_template"), path)
        yield f"sqlite:///{path}"
        return
    database: servers.ReusedDatabase = request.getfixturevalue("postgres_database")
    yield database.url
    database.empty()


@pytest.fixture
def queue() -> RecordingQueue:
    return RecordingQueue()


@pytest.fixture
def clock() -> StillClock:
    return StillClock()


@pytest.fixture(scope="session")
def first_engines() -> dict[str, Engine]:
    """The first engine of each kind, whose translated statements the others take over: each has the same to say."""
    return {}


@pytest.fixture
def db(database_url: str, queue: RecordingQueue, first_engines: dict[str, Engine]) -> Iterator[Database]:
    """The database under test."""
    engine = open_engine(database_url)
    first = first_engines.setdefault(engine.dialect.name, engine)
    engine.dialect, engine._compiled_cache = first.dialect, first._compiled_cache
    yield Database(engine, queue)
    engine.dispose()


@pytest.fixture
def ports(db: Database, clock: StillClock, tmp_path: Path) -> Ports:
    """All ports: a real database and vault, a clock that stands still, seeded randomness."""
    vault = Vault(tmp_path / "vault")
    return Ports(
        db=db,
        clock=clock,
        randomness=SeededRandomness(),
        vault=vault,
        secret=Secret(b"test-secret-test-secret-test-secret"),
        sealer=DaySealer(vault, clock),
        call_sealer=DaySealer(vault, clock, "call"),
    )


@pytest.fixture
def carrier() -> ScriptedCarrier:
    return ScriptedCarrier()


@pytest.fixture(scope="session")
def wording() -> Wording:
    return load_wording()


@pytest.fixture(scope="session")
def redis_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A real, empty Redis server on a socket."""
    with servers.redis_server(tmp_path_factory.mktemp("redis")) as url:
        yield url


@pytest.fixture
def redis_connection(redis_url: str) -> Iterator[redis.Redis]:
    """A connection to the Redis server, emptied before the test."""
    connection = redis.Redis.from_url(redis_url)
    connection.flushall()
    yield connection
    connection.close()


@pytest.fixture
def figure(request: pytest.FixtureRequest) -> Callable[[str], None]:
    """Print a measured figure in the summary of the test run: `figure("124 of 124 recorded votes agree")`."""
    return lambda words: request.node.user_properties.append(("figure", words))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """The figures that tests measured, at the end of the run; they travel with the reports of parallel processes."""
    reports = [one for kind in ("passed", "failed") for one in terminalreporter.stats.get(kind, [])]
    found = sorted({words for one in reports for name, words in one.user_properties if name == "figure"})
    if found:
        terminalreporter.section("figures")
        for words in found:
            terminalreporter.write_line(words)
