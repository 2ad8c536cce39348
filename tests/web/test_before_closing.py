"""Before closing nobody sees a result: no role, through no door.

The electors vote yes, all of them, and every door is tried: each page and machine interface of both apps for strangers
and for each role and for a system with a token, each command that tells something, metrics, the plan of a broadcast, what goes
to webhooks, the log. Then all of them vote no, and not a byte of what is shown may be another. Refusals are asked for besides.
"""

from __future__ import annotations

import io
import logging
import re
from collections.abc import Callable, Iterator
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
from gateway.polls.closing import close_poll
from gateway.staff.actions import add_staff
from gateway.staff.model import Role
from gateway.systems import actions as systems
from gateway.systems import telling
from gateway.systems.guarding import Guard
from gateway.web.console_app import create_console_app
from gateway.web.public_app import create_public_app
from tests.polls.village import Village, a_village, an_open_poll, vote_all
from tests.web.console.conftest import Browser
from tests.web.sample import PASSWORD

# Commands that only tell something; all others change, run or send something, or need a file of somebody's.
TELLING = {
    "behalf": {"helpers", "list"}, "broadcast": {"list", "preview", "progress", "report", "script", "unreached"},
    "calendar": {"show"}, "community": {"list"}, "db": set(), "delegate": {"day", "referrals"}, "flow": {"check"},
    "followup": {"complaints", "overdue", "promises", "show", "statistics", "terms", "verdicts"},
    "inbox": {"list", "undeleted", "unredacted"}, "meeting": {"list", "show", "statements"}, "panel": {"list", "show"},
    "poll": {"check-receipt", "list", "outages", "publish", "result", "show", "turnout"}, "prompts": {"check", "list"},
    "record": {"export", "prove"}, "retention": {"preview"}, "roll": {"list", "missing", "show"}, "staff": {"list"},
    "token": {"list"}, "topic": {"digest", "hotspots", "list", "overdue", "questions", "show"},
    "township": {"digest", "result"}, "update": {"list"}, "webhook": {"list"},
}  # fmt: skip
DOING = {
    "behalf": {"allow", "end", "revoke"}, "broadcast": {"abort", "approve", "budget", "pause", "resume", "schedule", "send"},
    "calendar": {"announce", "holiday", "hours", "own", "timezone"}, "community": {"add", "line", "rates"},
    "db": {"compact", "upgrade"}, "delegate": {"announce", "answer", "book", "cancel", "listen-answer", "plan-day", "refer", "transcribe"},
    "flow": {"draw", "play"}, "inbox": {"answer", "listen"},
    "followup": {"add", "answer", "ask", "drop", "due", "hand-over", "keep", "plan", "update"},
    "meeting": {"came", "cancel", "close", "floor", "hands", "invite", "minutes", "open", "plan", "reply", "resolve", "say",
                "statement"},
    "panel": {"answer", "commit", "draw", "invite", "pool", "publish", "slip", "verify"},
    "poll": {"audit", "close", "create", "desk", "extend", "lot", "open", "paper", "present"}, "prompts": {"import"},
    "record": {"checkpoint", "rotate-key", "verify"}, "retention": {"apply"}, "roll": {"erase", "import", "remove", "reset-pin"},
    "staff": {"add", "disable", "password", "phone", "post"}, "token": {"add", "revoke"},
    "topic": {"agenda", "answer", "ask", "ask-back", "category", "listen-answer", "merge", "move", "pass-on", "raise", "screen",
              "support", "title", "transcribe"},
    "township": {"ask", "close"}, "update": {"post"}, "webhook": {"add", "remove", "test"},
}  # fmt: skip
MOMENT = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d[\d:.+Z]*")
# A broadcast to those who voted is refused until the poll is over.
PLAN = ("--community", "shitan", "--words", "明天停水")
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
    people, token = Village(1, list(range(1, 13))), _another_system(gateway)
    shown = []
    for choice in ("yes", "no"):
        vote_all(gateway.ports, poll, dict.fromkeys(people.people, choice))
        start = logged.tell()
        doors = pages(gateway, poll, token) | commands(poll, tmp_path, database_url) | {"webhooks": _told(gateway)}
        logged.seek(start)
        shown.append(doors | {"log": logged.read()})
    assert [door for door, words in shown[0].items() if shown[1][door] != words] == []
    opened = [door for door, words in shown[0].items() if words.startswith(("200", "0 "))]
    assert {"public /metrics", "broadcast preview", f"system /api/v1/communities/shitan/polls/{poll}"} <= set(opened)
    # A webhook hears of the result, and of nothing before.
    assert shown[0]["webhooks"] == "[]"
    close_poll(poll, ports=gateway.ports, wording=gateway.wording)
    assert _told(gateway) != "[]"
    figure(f"{len(shown[0])} doors tried before closing, {len(opened)} open: none shows anything of the ballots")
    for door in ("poll result", "poll check-receipt", "broadcast preview of poll"):
        assert shown[0][door].startswith("1 ")
    for door in ("receipts.txt", "ballots.txt"):
        assert {words[:3] for name, words in shown[0].items() if name.endswith(door)} == {"404"}


def test_every_command_is_known_to_tell_or_to_do_something() -> None:
    there = {group.name: set(group.commands) for group in GROUPS if isinstance(group, Group)}
    assert there == {name: TELLING[name] | DOING.get(name, set()) for name in TELLING}
    assert not any(TELLING[name] & DOING.get(name, set()) for name in TELLING)


def _another_system(gateway: Gateway) -> str:
    """A system of the township's that may ask for everything and is told everything; its token."""
    with gateway.db.work() as tx:
        _, token = systems.add_token(tx, "township", None, ("read", "overview"), 30, ports=gateway.ports)
        systems.add_hook(
            tx, "township", "http://127.0.0.1:1/in", None, (), ports=gateway.ports, guard=Guard(own_network=True)
        )
        tx.commit()
    return token


def _told(gateway: Gateway) -> str:
    """What webhooks have been told so far, sent or not."""
    telling.collect(gateway.ports)
    with gateway.db.read() as conn:
        return repr(conn.execute(text("SELECT * FROM system_message ORDER BY id")).all())


def pages(gateway: Gateway, poll: int, token: str) -> dict[str, str]:
    """What each address that can be read shows to strangers, to a system with a token and to every role."""
    public, console = create_public_app(gateway), create_console_app(gateway)
    console.testing = False
    _forget_visits(gateway)
    found = {f"public {path}": _page(Browser(public), path) for path in addresses(public, poll)}
    system = Browser(public)
    system.client.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {token}"
    found |= {f"system {path}": _page(system, path) for path in addresses(public, poll) if path.startswith("/api/")}
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
    filled = {"code": "shitan", "community": "shitan", "number": poll, "broadcast_id": 1, "key": poll}
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
    asked = [(f"{name} {words}", one, _arguments(one, poll)) for name, words, one in _readers()]
    preview = next(one for name, words, one in _readers() if (name, words) == ("broadcast", "preview"))
    asked.append(("broadcast preview of poll", preview, [*PLAN, "--of", f"poll:{poll}"]))
    for name, one, arguments in asked:
        result = CliRunner(env=environment).invoke(one, [*arguments, "--json"])
        # A command goes by the clock on the wall.
        found[name] = f"{result.exit_code} {MOMENT.sub('', result.output)}"
        root.handlers[:] = handlers
        root.setLevel(level)
    return found


def _readers() -> Iterator[tuple[str, str, Command]]:
    for group in GROUPS:
        if isinstance(group, Group) and group.name:
            yield from ((group.name, name, one) for name, one in group.commands.items() if name in TELLING[group.name])


def _arguments(command: Command, poll: int) -> list[str]:
    """What a command cannot do without."""
    needed = [parameter for parameter in command.params if parameter.required]
    resident = any(parameter.name == "community_code" for parameter in needed)
    values = {
        "community_code": "shitan", "code": "00001" if resident else "shitan", "number": str(poll), "words": "明天停水",
        "month": "2026-11", "receipt": "0000000",
    }  # fmt: skip
    told = [(one.opts[0] if one.opts[0].startswith("-") else "", values[one.name or ""]) for one in needed]
    return [word for pair in told for word in pair if word]
