"""Both web apps over one gateway with a village in it."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest

from gateway.bootstrap import Gateway
from gateway.kernel.pacing import LocalPacer
from gateway.kernel.ports import Ports
from gateway.kernel.queue import connect_queue
from gateway.messaging.sending import NO_LIMITS, Traffic
from gateway.settings import load_settings
from gateway.wording.catalogue import Wording
from tests.fakes import ScriptedCarrier
from tests.servers import ReusedDatabase
from tests.web.sample import Sample, make_sample


@pytest.fixture
def gateway(ports: Ports, carrier: ScriptedCarrier, wording: Wording, tmp_path: Path) -> Gateway:
    """A gateway over the test's own ports; the queue server is not asked."""
    settings = load_settings({"DATA_DIR": str(tmp_path), "LANGUAGE": "en", "PUBLIC_URL": "https://village.example"})
    traffic = Traffic.of(carrier, LocalPacer(), NO_LIMITS)
    return Gateway(settings, ports, carrier, wording, connect_queue("redis://127.0.0.1:1"), traffic)


@dataclass
class Kept:
    """A village that was made once: what the tests look for in it, its vault, and its SQLite file if it has one."""

    sample: Sample
    folder: Path


@pytest.fixture(scope="session")
def kept_samples() -> dict[str, Kept]:
    """The villages that this process has made, by kind of database: making one takes longer than most tests of pages."""
    return {}


@pytest.fixture
def sample(
    gateway: Gateway,
    kept_samples: dict[str, Kept],
    request: pytest.FixtureRequest,
    tmp_path: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> Sample:
    """The village, made anew by the first test that asks for it and laid out again for the others."""
    kind = gateway.db.engine.dialect.name
    reused: ReusedDatabase | None = None if gateway.db.is_sqlite else request.getfixturevalue("postgres_database")
    if kind not in kept_samples:
        kept = kept_samples[kind] = Kept(make_sample(gateway), tmp_path_factory.mktemp("village"))
        shutil.copytree(tmp_path / "vault", kept.folder / "vault")
        _keep_rows(gateway, reused, kept.folder / "village.db")
        return kept.sample
    kept = kept_samples[kind]
    shutil.copytree(kept.folder / "vault", tmp_path / "vault")
    gateway.db.engine.dispose()
    if reused:
        reused.lay_out()
    else:
        shutil.copy(kept.folder / "village.db", tmp_path / "xiangyin.db")
    return kept.sample


def _keep_rows(gateway: Gateway, reused: ReusedDatabase | None, file: Path) -> None:
    if reused:
        reused.keep()
        return
    with closing(sqlite3.connect(str(gateway.db.engine.url.database))) as connection:
        connection.execute("VACUUM INTO ?", [str(file)])
