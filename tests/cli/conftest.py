"""What the tests of commands share: an installation's environment, a command typed into it, the ports behind it."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from gateway.bootstrap import build_gateway
from gateway.cli.main import main
from gateway.kernel.ports import Ports
from gateway.settings import load_settings
from tests.cli.commands import Run


@pytest.fixture
def environment(database_url: str, tmp_path: Path) -> dict[str, str]:
    return {"DATABASE_URL": database_url, "DATA_DIR": str(tmp_path / "data"), "SECRET_KEY": "k" * 40, "LANGUAGE": "en"}


@pytest.fixture
def run(request: pytest.FixtureRequest, environment: dict[str, str]) -> Iterator[Run]:
    """Type a command as `xiangyin` takes it, after the words of the test file's `BEFORE`; `more` is environment."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    before = getattr(request.module, "BEFORE", ())

    def invoke(*words: str, **more: str) -> Result:
        return CliRunner(env=environment | more).invoke(main, [*before, *words])

    yield invoke
    root.handlers[:] = handlers
    root.setLevel(level)


@pytest.fixture
def own_ports(environment: dict[str, str]) -> Iterator[Ports]:
    """The ports over the settings that the command reads: its vault, the real clock."""
    gateway = build_gateway(load_settings(environment))
    yield gateway.ports
    gateway.db.engine.dispose()
