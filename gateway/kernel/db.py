"""The database: one engine, one unit of work, the same rules on SQLite and PostgreSQL.

A unit of work rolls back unless it is committed, and only it commits. Nothing calls the network while one is open.
Jobs asked for inside it are called after the commit; a crash in between is found by the sweep.
"""

from __future__ import annotations

import select as select_ready
import sqlite3
import zlib
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from datetime import UTC, datetime
from typing import Any, TypeVar

from sqlalchemy import (
    BigInteger,
    DateTime,
    Dialect,
    Engine,
    Integer,
    MetaData,
    TypeDecorator,
    create_engine,
    event,
    func,
    select,
)
from sqlalchemy.engine import Connection, CursorResult
from sqlalchemy.exc import DBAPIError, DisconnectionError
from sqlalchemy.pool import PoolProxiedConnection
from sqlalchemy.sql import Executable

from gateway.kernel.prepared import Prepared, Values
from gateway.kernel.queue import Queue
from gateway.kernel.straight import Straight
from gateway.kernel.together import Together
from gateway.kernel.turns import Turns

T = TypeVar("T")

# Every room's store.py declares its tables here; names of constraints are fixed so that migrations can refer to them.
metadata = MetaData(
    naming_convention={
        "ix": "ix_%(column_0_N_label)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

# How long one SQLite writer waits for another.
_BUSY_MS = 15_000

# SQLite numbers rows itself only for INTEGER.
Id = BigInteger().with_variant(Integer, "sqlite")


class Moment(TypeDecorator[datetime]):
    """An aware UTC moment. SQLite has no time zones, so it is kept there as naive UTC; a naive value is refused."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a moment without a time zone")
        moment = value.astimezone(UTC)
        return moment.replace(tzinfo=None) if dialect.name == "sqlite" else moment

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class UnitOfWork:
    """One transaction. `execute` runs statements in it; `call_after_commit` asks for jobs; `commit` makes it so."""

    def __init__(self, connection: Connection, queue: Queue, end_turn: Callable[[], None]) -> None:
        self.connection = connection
        self._end_turn = end_turn
        self._queue = queue
        self._calls: dict[tuple[str, str, tuple[int, ...]], None] = {}

    @property
    def is_alive(self) -> bool:
        """Whether the transaction is still there; a full disk, for one, makes SQLite give it up by itself."""
        if self.connection.invalidated or self.connection.closed:
            return False
        driver: Any = self.connection.connection.driver_connection
        return bool(getattr(driver, "in_transaction", True))

    @contextmanager
    def savepoint(self) -> Iterator[None]:
        """What is written inside is undone, and jobs are not called for, if it ends with an exception. SQLite only."""
        calls = dict(self._calls)
        driver: Any = self._begun().driver_connection
        driver.execute("SAVEPOINT piece")
        try:
            yield
        except BaseException:
            self._calls = calls
            if self.is_alive:
                driver.execute("ROLLBACK TO piece")
                driver.execute("RELEASE piece")
            raise
        driver.execute("RELEASE piece")

    def run(self, prepared: Prepared, values: Values) -> tuple[list[Any], int]:
        """Run a prepared statement; its rows and how many it changed."""
        return prepared.run(self._begun(), self.connection.dialect, values)

    def _begun(self) -> PoolProxiedConnection:
        if not self.connection.in_transaction():
            self.connection.begin()
        return self.connection.connection

    def execute(self, statement: Executable, values: Any = None) -> CursorResult[Any]:
        """Run one statement (or one per dict in a list of `values`)."""
        return self.connection.execute(statement, values)

    def changes_one(self, statement: Executable) -> bool:
        """Run a compare-and-set (`UPDATE … WHERE state = …`): whether this caller, and no other, changed the row."""
        return self.execute(statement).rowcount == 1

    def lock(self, name: str, number: int) -> None:
        """Let one transaction at a time hold `name` and `number`. SQLite has one writer anyway."""
        if self.connection.dialect.name == "postgresql":
            space = zlib.crc32(name.encode()) - 2**31
            self.execute(select(func.pg_advisory_xact_lock(space, number % 2**31)))

    def call_after_commit(self, queue: str, job: str, *ids: int) -> None:
        """Ask for `job` on `queue` once the work is committed; asking twice is asking once."""
        self._calls[(queue, job, ids)] = None

    def commit(self) -> None:
        """Make everything of this unit of work durable, then call for its jobs."""
        self.connection.commit()
        self._end_turn()
        calls, self._calls = self._calls, {}
        for queue, job, ids in calls:
            self._queue.call(queue, job, *ids)


class Database:
    """An engine and the ways to use it: `read` (never writes), `work` (a unit of work), and for what comes by the
    thousand `ask` (one prepared statement, a transaction of its own), `together` and `straight` (may be shared).
    """

    def __init__(self, engine: Engine, queue: Queue) -> None:
        self.engine = engine
        self._queue = queue
        self._single = engine if engine.dialect.name == "sqlite" else _without_begin(engine)
        self._together = Together(self.work)
        self._straight = Together(self._straight_work)
        self._writer = engine.execution_options(begin="IMMEDIATE")
        self._turns = Turns(engine.url.database) if self.is_sqlite and engine.url.database else None

    @property
    def is_sqlite(self) -> bool:
        """Whether this is the embedded database."""
        return self.engine.dialect.name == "sqlite"

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A connection for queries; whatever it changed is rolled back."""
        with self.engine.connect() as connection:
            yield connection

    @contextmanager
    def work(self) -> Iterator[UnitOfWork]:
        """A unit of work: rolled back on leaving unless `commit` was called."""
        with ExitStack() as turn:
            if self._turns:
                self._turns.take()
                turn.callback(self._turns.give)
            with self._writer.connect() as connection:
                yield UnitOfWork(connection, self._queue, turn.close)

    def compact(self) -> None:
        """Write the database anew without what was deleted: nothing of it is left in its files.

        Everybody else waits meanwhile. PostgreSQL's own log and its copies keep what they have until they expire.
        """
        connection = self.engine.raw_connection()
        try:
            driver = connection.driver_connection
            if self.is_sqlite:
                connection.cursor().execute("VACUUM").fetchall()
            else:
                driver.autocommit = True  # type: ignore[union-attr]
                connection.cursor().execute("VACUUM (FULL)")
                driver.autocommit = False  # type: ignore[union-attr]
        finally:
            connection.close()
        self.truncate_log()

    def ask(self, prepared: Prepared, values: Values) -> list[Any]:
        """The rows of one prepared statement, which is a transaction of its own and one round trip."""
        with closing(self._lent()) as connection:
            return prepared.run(connection, self.engine.dialect, values)[0]

    def _lent(self) -> PoolProxiedConnection:
        """A connection for statements that stand alone; a database that is away is SQLAlchemy's error, as elsewhere."""
        errors = self.engine.dialect.loaded_dbapi.Error
        try:
            return self._single.raw_connection()
        except errors as error:
            raise DBAPIError.instance("", None, error, errors, dialect=self.engine.dialect) from None

    def together(self, act: Callable[[UnitOfWork], T]) -> T:
        """What `act` gives, committed: on SQLite in one transaction with what else waits to be written, else alone.

        All or nothing for each `act`; it may be short of time but must not read what others write beside it.
        """
        if self.is_sqlite:
            return self._together.run(act)
        with self.work() as tx:
            answer = act(tx)
            tx.commit()
        return answer

    def straight(self, act: Callable[[Straight], T]) -> T:
        """As `together` on SQLite, for what runs prepared statements and nothing else."""
        return self._straight.run(act)

    @contextmanager
    def _straight_work(self) -> Iterator[Straight]:
        with ExitStack() as turn:
            if self._turns:
                self._turns.take()
                turn.callback(self._turns.give)
            # What is given back with its transaction open is rolled back by the pool.
            with closing(self._lent()) as connection:
                tx = Straight(connection, self.engine.dialect)
                tx.begin()
                yield tx

    def truncate_log(self) -> None:
        """Cut SQLite's write-ahead log to nothing, as far as other readers let it; PostgreSQL recycles its own."""
        if not self.is_sqlite:
            return
        connection = self.engine.raw_connection()
        try:
            # Outside any transaction, hence not through SQLAlchemy's connection, which always begins one.
            cursor = connection.cursor()
            # Waiting for readers holds up every writer, so do not wait long.
            for pragma in ("busy_timeout=500", "wal_checkpoint(TRUNCATE)", f"busy_timeout={_BUSY_MS}"):
                cursor.execute(f"PRAGMA {pragma}").fetchall()
            cursor.close()
        finally:
            connection.close()

    def vacuum(self, *tables: str) -> list[str]:
        """Have PostgreSQL clear removed rows out of `tables` at once; SQLite overwrites what it removes.

        Returns what PostgreSQL says of tables that it would not do: only their owner may ask for it. Raises DBAPIError.
        """
        if self.is_sqlite:
            return []
        refused: list[str] = []

        def note(diagnostic: Any) -> None:
            refused.append(str(diagnostic.message_primary))

        # No transaction may be open. A table that something else is cleaning at this moment is passed over.
        with self.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            driver: Any = connection.connection.driver_connection
            driver.add_notice_handler(note)
            try:
                connection.exec_driver_sql(f"VACUUM (SKIP_LOCKED) {', '.join(tables)}")
            finally:
                driver.remove_notice_handler(note)
        return refused

    def analyze(self, table: str, *columns: str) -> None:
        """Have PostgreSQL look at `columns` of a table that was just filled, before it is read page by page.

        Until it has, it takes the table for small, and sorts all that is left of it for each page. Where our role does
        not own the table it only says so. SQLite needs none of this.
        """
        if not self.is_sqlite:
            with self.engine.begin() as connection:
                connection.exec_driver_sql(f"ANALYZE {table} ({', '.join(columns)})")


def open_engine(url: str) -> Engine:
    """An engine for `url` (`sqlite:///…` or `postgresql+psycopg://…`) with the durability the product promises.

    An acknowledged ballot or topic is on disk: SQLite `synchronous=FULL`, PostgreSQL's default `synchronous_commit`.
    """
    if url.startswith("postgresql://"):
        url = url.replace("postgresql://", "postgresql+psycopg://", 1)
    engine = create_engine(url, hide_parameters=True)
    if engine.dialect.name == "postgresql":
        event.listen(engine, "checkout", _refuse_closed)
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
    return engine


def _without_begin(engine: Engine) -> Engine:
    """The same database over connections on which every statement is a transaction of its own."""
    single = create_engine(engine.url, hide_parameters=True, isolation_level="AUTOCOMMIT", pool_reset_on_return=None)
    event.listen(single, "checkout", _refuse_closed)
    event.listen(engine, "engine_disposed", lambda _engine: single.dispose())
    return single


def _refuse_closed(connection: Any, _record: Any, _proxy: Any) -> None:
    """A connection that the server has closed is replaced before it is used.

    Asking the server (`pool_pre_ping`) costs each transaction a round trip; the end of the stream is there to be read.
    """
    if connection.closed:
        raise DisconnectionError
    ready = select_ready.poll()
    ready.register(connection.fileno(), select_ready.POLLIN)
    if ready.poll(0):
        raise DisconnectionError


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    # The driver's own transaction handling begins too late for BEGIN IMMEDIATE; _begin_sqlite does it instead.
    connection.isolation_level = None
    cursor = connection.cursor()
    settings = ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "secure_delete=ON")
    for pragma in (*settings, f"busy_timeout={_BUSY_MS}"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    # A writer takes the lock at once: upgrading a read lock later would fail without waiting.
    mode = connection.get_execution_options().get("begin", "DEFERRED")
    driver: Any = connection.connection.driver_connection
    # Not through SQLAlchemy, which takes longer over it than SQLite does.
    try:
        driver.execute(f"BEGIN {mode}")
    except sqlite3.Error as error:
        raise DBAPIError.instance("BEGIN", None, error, sqlite3.Error, dialect=connection.dialect) from None
