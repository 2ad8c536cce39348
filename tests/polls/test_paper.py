"""Votes in person: before any telephone, and papers only as two people have entered them, each batch once."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from click.testing import CliRunner

from gateway.bootstrap import build_gateway
from gateway.cli.main import main
from gateway.kernel.errors import GatewayError, InputError, RuleError
from gateway.kernel.ports import Ports
from gateway.polls import closing, paper, views
from gateway.record import views as record
from gateway.settings import load_settings
from gateway.wording.catalogue import Wording
from tests.polls.village import a_village, an_open_poll, vote, vote_all

FIRST = "code,choice\n00000,yes\n00001,no\n00002,abstain\n"


def entry(by: str, text: str = FIRST) -> paper.Entry:
    return paper.read_entry(by, text.splitlines(keepends=True))


def enter(ports: Ports, number: int, batch: str, first: paper.Entry, second: paper.Entry) -> dict[str, str]:
    with ports.db.work() as tx:
        receipts = paper.enter_batch(tx, number, batch, first, second, ports=ports)
        tx.commit()
    return receipts


def test_vote_in_person_stands_against_telephones_and_replaces_them(ports: Ports, wording: Wording) -> None:
    village = a_village(ports, 20)
    number = an_open_poll(ports, village)
    vote_all(ports, number, dict.fromkeys(village.people[8:], "yes"))
    first = vote(ports, number, village.people[0], "yes")
    for choice in ("no", "abstain"):
        with ports.db.work() as tx:
            assert paper.cast_in_person(tx, number, "00000", choice, ports=ports) == first
            tx.commit()
    with pytest.raises(RuleError) as refused:
        vote(ports, number, village.people[0], "yes")
    assert refused.value.code == "voted_in_person"
    with ports.db.read() as conn:
        assert "in person" in json.loads(views.frozen_terms(conn, number) or "")["ballots"]
    assert closing.close_poll(number, ports=ports, wording=wording).counts == {"yes": 12, "no": 0, "abstain": 1}


def test_batch_that_two_people_entered_alike_is_cast_whole_and_on_the_record(ports: Ports, wording: Wording) -> None:
    village = a_village(ports, 20)
    number = an_open_poll(ports, village)
    vote_all(ports, number, dict.fromkeys([village.people[1], *village.people[8:]], "yes"))
    receipts = enter(
        ports, number, "A1", entry("Ann"), entry("Bo", "code,choice\n00002,abstain\n00001,no\n00000,yes\n")
    )
    assert len(set(receipts.values())) == 3
    with ports.db.read() as conn:
        last = record.entries_about(conn, f"poll:{number}")[-1]
    assert (last.kind, last.data) == ("poll.paper", {"poll": number, "batch": "A1", "ballots": 3})
    counts = closing.close_poll(number, ports=ports, wording=wording).counts
    assert counts == {"yes": 13, "no": 1, "abstain": 1}


@pytest.mark.parametrize(
    ("batch", "second", "code"),
    [
        ("A1", entry("Bo", FIRST.replace("no", "yes")), "paper_differs"),
        ("A1", entry("Bo", FIRST + "00003,yes\n"), "paper_differs"),
        ("A1", entry("Ann"), "paper_same_hand"),
        ("", entry("Bo"), "paper_batch_wrong"),
    ],
)
def test_batch_that_is_not_in_order_casts_nothing(ports: Ports, batch: str, second: paper.Entry, code: str) -> None:
    number = an_open_poll(ports, a_village(ports))
    with pytest.raises(GatewayError) as refused:
        enter(ports, number, batch, entry("Ann"), second)
    assert refused.value.code == code
    assert "yes" not in str(refused.value)
    with ports.db.read() as conn:
        assert views.turnout(conn, number).participants == 0


@pytest.mark.parametrize("line", ["99999,yes", "00003,purple"])
def test_one_paper_that_cannot_be_cast_holds_back_its_batch(ports: Ports, line: str) -> None:
    number = an_open_poll(ports, a_village(ports))
    with pytest.raises(RuleError) as refused:
        enter(ports, number, "A1", *(entry(by, f"{FIRST}{line}\n") for by in ("Ann", "Bo")))
    assert (refused.value.code, refused.value.params) == ("paper_ballot_refused", {"resident": line[:5]})
    with ports.db.read() as conn:
        assert views.turnout(conn, number).participants == 0
    assert len(enter(ports, number, "A1", entry("Ann"), entry("Bo"))) == 3


def test_batch_is_entered_once_even_by_five_at_a_time(ports: Ports) -> None:
    number = an_open_poll(ports, a_village(ports))

    def try_to(_: int) -> bool:
        try:
            enter(ports, number, "A1", entry("Ann"), entry("Bo"))
        except RuleError as refused:
            assert refused.code == "paper_batch_known"
            return False
        return True

    with ThreadPoolExecutor(5) as pool:
        assert sorted(pool.map(try_to, range(5))) == [False] * 4 + [True]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("choice,code\nyes,1\n", "paper_columns"),
        ("code,choice\n1,\n", "paper_unreadable"),
        ("code,choice\n1,yes,no\n", "paper_unreadable"),
        ("code,choice\n1,yes\n1,no\n", "paper_twice"),
    ],
)
def test_entry_that_cannot_be_read_names_its_line(text: str, code: str) -> None:
    with pytest.raises(InputError) as refused:
        entry("Ann", text)
    assert refused.value.code == code
    assert "yes" not in repr(entry("Ann"))


def test_desk_and_paper_are_commands(tmp_path: Path, database_url: str) -> None:
    settings = {"DATABASE_URL": database_url, "DATA_DIR": str(tmp_path), "SECRET_KEY": "k" * 40, "LANGUAGE": "en"}
    gateway = build_gateway(load_settings(settings))
    number = an_open_poll(gateway.ports, a_village(gateway.ports))
    for name in ("first", "second"):
        (tmp_path / f"{name}.csv").write_text(FIRST, encoding="utf-8")
    run = CliRunner(env=settings)
    files = [f"--{name}={tmp_path / name}.csv" for name in ("first", "second")]
    batch = ["poll", "paper", str(number), "--batch", "A1", *files, "--first-by", "Ann", "--second-by", "Bo"]
    assert len(json.loads(run.invoke(main, [*batch, "--json"]).stdout)["receipts"]) == 3
    assert run.invoke(main, batch).exit_code == 1
    desk = run.invoke(main, ["poll", "desk", str(number), "--resident", "00004", "--json"], input="no\n")
    assert len(json.loads(desk.stdout)["receipt"]) == 6
    with gateway.db.read() as conn:
        assert views.turnout(conn, number).participants == 4
    gateway.db.engine.dispose()
