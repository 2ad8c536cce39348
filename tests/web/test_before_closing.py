"""Before closing nobody sees a result: no role, through no door.

The electors vote yes, all of them, and every door is tried: each page and machine interface of both apps for strangers
and for each role, each command that reads, metrics, the plan of a broadcast, the log. Then all of them vote no, and not a
byte of what is shown may be another. Refusals are asked for besides.
"""

from __future__ import annotations

import io
import logging
import re
from collections.abc import Callable, Iterator, Sequence
from itertools import chain
from pathlib import Path

import pytest
from click import Command, Group
from click.testing import CliRunner
from flask import Flask
from sqlalchemy import text
from werkzeug.routing import BuildError, Rule

from gateway.bootstrap import Gateway
from gateway.cli.main import GROUPS
from gateway.kernel.logs import RedactingFormatter
from gateway.staff.actions import add_staff
from gateway.staff.model import Role
from gateway.web.console_app import create_console_app
from gateway.web.public_app import create_public_app
from tests.polls.village import Village, a_village, an_open_poll, vote_all
from tests.web.console.conftest import Browser
from tests.web.sample import PASSWORD

# Commands that change something, run something or would speak with other machines; all others only tell.
DOING = {
    "create", "open", "close", "present", "add", "import", "send", "pause", "resume", "abort", "answer", "screen", "post",
    "upgrade", "disable", "password", "start", "reset", "delete", "remove", "rotate-key",
    "checkpoint",
}  # fmt: skip
READERS = ("poll", "record", "broadcast", "inbox", "topic", "roll", "community")
CHANGING = re.compile(r'name="token" value="[0-9a-f]+"')


@pytest.fixture
def poll(gateway: Gateway) -> int:
    village = a_village(gateway.ports, 12)
    with gateway.db.work() as tx:
        for role in Role:
            community = None if role in (Role.TOWNSHIP, Role.AUDITOR) else village.id
            add_staff(tx, str(role), PASSWORD, role, community, at=gateway.ports.clock.now())
        tx.commit()
    return an_open_poll(gateway.ports, village)


@pytest.fixture
def logged() -> Iterator[io.StringIO]:
    stream, root = io.StringIO(), logging.getLogger()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(RedactingFormatter("{levelname}{name}{message}", style="{"))
    root.addHandler(handler)
    yield stream
    root.removeHandler(handler)


# What is shown does not depend on the database.
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_nothing_that_anybody_is_shown_before_closing_depends_on_the_ballots(
    gateway: Gateway, poll: int, logged: io.StringIO, tmp_path: Path, database_url: str, figure: Callable[[str], None]
) -> None:
    people = Village(1, list(range(1, 13)))
    shown = []
    for choice in ("yes", "no"):
        vote_all(gateway.ports, poll, dict.fromkeys(people.people, choice))
        start = logged.tell()
        doors = pages(gateway, poll) | commands(poll, tmp_path, database_url)
        logged.seek(start)
        shown.append(doors | {"log": logged.read()})
    assert [door for door, words in shown[0].items() if shown[1][door] != words] == []
    opened = [door for door, words in shown[0].items() if words.startswith(("200", "0 "))]
    figure(f"{len(shown[0])} doors tried before closing, {len(opened)} open: none shows anything of the ballots")
    for door in ("poll result", "poll check-receipt"):
        assert shown[0][door].startswith("1 ")
    for door in ("receipts.txt", "ballots.txt"):
        assert {words[:3] for name, words in shown[0].items() if name.endswith(door)} == {"404"}


def pages(gateway: Gateway, poll: int) -> dict[str, str]:
    """What each address that can be read shows to strangers and to every role."""
    public, console = create_public_app(gateway), create_console_app(gateway)
    console.testing = False
    _forget_visits(gateway)
    found = {f"public {path}": _page(Browser(public), path) for path in addresses(public, poll)}
    for role in Role:
        browser = Browser(console)
        assert browser.sign_in(str(role)).status_code == 303
        found |= {f"{role} {path}": _page(browser, path) for path in addresses(console, poll)}
    return found


def _forget_visits(gateway: Gateway) -> None:
    """The visits of the last reading are on the trail; they are no secret, and not what is compared here."""
    with gateway.db.work() as tx:
        for table in ("staff_act", "staff_session", "staff_try"):
            tx.execute(text(f"DELETE FROM {table}"))
        tx.commit()


def addresses(app: Flask, poll: int) -> list[str]:
    """All addresses of an app that can be read, those of the poll for every number."""
    filled = {"code": "shitan", "number": poll, "broadcast_id": 1, "key": poll}
    readable = [rule for rule in app.url_map.iter_rules() if "GET" in (rule.methods or ())]
    return sorted({path for rule in readable if (path := _address(app, rule, filled))})


def _address(app: Flask, rule: Rule, filled: dict[str, object]) -> str:
    values = {name: filled.get(name, "1") for name in rule.arguments}
    with app.test_request_context():
        try:
            return app.url_for(rule.endpoint, **values)
        except BuildError:
            return ""


def _page(browser: Browser, path: str) -> str:
    with browser.get(path) as answer:
        return f"{answer.status_code} {CHANGING.sub('', answer.get_data(as_text=True))}"


def commands(poll: int, folder: Path, database_url: str) -> dict[str, str]:
    """What every command says that only tells."""
    environment = {"DATABASE_URL": database_url, "DATA_DIR": str(folder), "SECRET_KEY": "k" * 40, "LANGUAGE": "en"}
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    found = {}
    for name, words, one in _readers():
        arguments = [_argument(parameter.name or "", poll) for parameter in one.params if _is_needed(parameter)]
        result = CliRunner(env=environment).invoke(one, [*chain.from_iterable(arguments), "--json"])
        found[f"{name} {words}"] = f"{result.exit_code} {result.output}"
        root.handlers[:] = handlers
        root.setLevel(level)
    return found


def _readers() -> Iterator[tuple[str, str, Command]]:
    for group in GROUPS:
        if isinstance(group, Group) and group.name in READERS:
            yield from ((group.name, name, one) for name, one in group.commands.items() if name not in DOING)


def _is_needed(parameter: object) -> bool:
    return bool(getattr(parameter, "required", False))


def _argument(name: str, poll: int) -> Sequence[str]:
    known = {"community_code": ["--community", "shitan"], "number": [str(poll)], "receipt": ["0000000"]}
    return list(known.get(name, ["1"]))
