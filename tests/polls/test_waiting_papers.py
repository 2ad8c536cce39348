"""A batch of papers that waits for its second person: kept so that nobody can read it, compared, cast, and gone in time."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

import pytest

from gateway.kernel.errors import GatewayError, InputError, NotFound, RuleError
from gateway.kernel.ports import Ports
from gateway.polls import closing, erasing, paper, views, waiting
from gateway.polls.model import BallotForm, Method, read_marks
from gateway.polls.paper import Entry
from gateway.polls.store import paper as store
from gateway.record import views as record
from gateway.wording.catalogue import Wording
from tests.fakes import StillClock
from tests.polls.hazards import Hazard, Killed, hazardous
from tests.polls.village import Village, a_village, an_open_poll, vote_all

CHOICES = {"00000": "yes", "00001": "no", "00002": "abstain"}
ANN, BO = Entry("Ann", CHOICES), Entry("Bo", CHOICES)


def still_waits(ports: Ports, number: int) -> list[str]:
    with ports.db.read() as conn:
        return [one.batch for one in waiting.waiting(conn, number)]


def participants(ports: Ports, number: int) -> int:
    with ports.db.read() as conn:
        return views.turnout(conn, number).participants


def refusal(number: int, waiting_id: int, entry: Entry, ports: Ports) -> GatewayError:
    with pytest.raises(GatewayError) as refused:
        waiting.enter_second(number, waiting_id, entry, ports=ports)
    return refused.value


def test_batch_is_cast_when_another_person_enters_the_same(ports: Ports, wording: Wording) -> None:
    village = a_village(ports, 20)
    number = an_open_poll(ports, village)
    vote_all(ports, number, dict.fromkeys(village.people[8:], "yes"))
    first = waiting.enter_first(number, " A1 ", ANN, ports=ports)
    with pytest.raises(RuleError, match="paper_batch_known"):
        waiting.enter_first(number, "A1", BO, ports=ports)
    assert refusal(number, first.id, ANN, ports).code == "paper_same_hand"
    other = Entry("Bo", CHOICES | {"00001": "yes", "00004": "no"})
    differs = refusal(number, first.id, other, ports)
    assert (differs.code, differs.params) == ("paper_differs", {"count": 2, "codes": "00001 00004"})
    assert participants(ports, number) == 12
    assert still_waits(ports, number) == ["A1"]
    receipts = waiting.enter_second(number, first.id, BO, ports=ports)
    assert receipts.keys() == CHOICES.keys()
    assert (still_waits(ports, number), ports.vault.names("paper")) == ([], [])
    assert refusal(number, first.id, BO, ports).code == "paper_gone"
    with ports.db.read() as conn:
        last = record.entries_about(conn, f"poll:{number}")[-1]
    assert (last.kind, last.data) == ("poll.paper", {"poll": number, "batch": "A1", "ballots": 3})
    assert closing.close_poll(number, ports=ports, wording=wording).counts == {"yes": 13, "no": 1, "abstain": 1}


def test_what_waits_says_nothing_and_has_the_same_length_for_each_choice(ports: Ports) -> None:
    number = an_open_poll(ports, a_village(ports))
    for choice in ("yes", "abstain"):
        waiting.enter_first(number, choice[0], Entry("Ann", dict.fromkeys(CHOICES, choice)), ports=ports)
    with ports.db.read() as conn:
        sealed = [row.sealed for row in store.all_waiting(conn, number)]
    assert len({len(one) for one in sealed}) == 1
    for one in sealed:
        assert not re.search(rb"yes|abstain|0000", one)


@pytest.mark.one_database
def test_one_of_several_second_entries_wins(ports: Ports) -> None:
    number = an_open_poll(ports, a_village(ports))
    first = waiting.enter_first(number, "A1", ANN, ports=ports)

    def try_to(by: int) -> str:
        try:
            waiting.enter_second(number, first.id, Entry(f"Bo {by}", CHOICES), ports=ports)
        except NotFound as refused:
            return refused.code
        return "cast"

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(try_to, range(4))) == ["cast", *["paper_gone"] * 3]
    assert participants(ports, number) == 3


@pytest.mark.one_database
def test_killed_entry_leaves_what_waited_or_what_was_cast(ports: Ports, tmp_path: Path) -> None:
    village = a_village(ports)
    cast = []
    for fatal in range(1, 12):
        number = an_open_poll(ports, village)
        first = waiting.enter_first(number, "A1", ANN, ports=ports)
        hazard = Hazard(fatal)
        with suppress(Killed):
            waiting.enter_second(number, first.id, BO, ports=hazardous(ports, tmp_path / "vault", hazard))
        cast.append(participants(ports, number))
        assert (cast[-1], still_waits(ports, number)) in ((0, ["A1"]), (3, []))
        waiting.forget_over(ports)
        assert len(ports.vault.names("paper")) == len(still_waits(ports, number))
        if cast[-1] == 0:
            waiting.enter_second(number, first.id, BO, ports=ports)
    assert {0, 3} == set(cast)
    assert cast == sorted(cast)


@pytest.mark.parametrize("how", ["time", "closing", "withdrawn", "erased", "lost"])
def test_entry_that_waits_is_destroyed_in_time(ports: Ports, clock: StillClock, wording: Wording, how: str) -> None:
    village = a_village(ports)
    number = an_open_poll(ports, village, closes_at=clock.now() + timedelta(days=9))
    first = waiting.enter_first(number, "A1", ANN, ports=ports)
    (key,) = ports.vault.names("paper")
    waiting.forget_over(ports)
    assert ports.vault.names("paper") == [key]
    _end(ports, clock, wording, village, number, first.id, how)
    expected = "poll_not_open" if how == "closing" else "paper_gone"
    assert refusal(number, first.id, BO, ports).code == expected
    waiting.forget_over(ports)
    assert (still_waits(ports, number), ports.vault.names("paper")) == ([], [])


def _end(
    ports: Ports, clock: StillClock, wording: Wording, village: Village, number: int, first: int, how: str
) -> None:
    if how == "time":
        clock.advance(hours=49)
    elif how == "closing":
        closing.close_poll(number, ports=ports, wording=wording)
        # Not left to the sweep: nothing that waited can be read once votes are counted.
        assert (still_waits(ports, number), ports.vault.names("paper")) == ([], [])
    elif how == "withdrawn":
        assert waiting.withdraw(number, first, ports=ports) == "A1"
    elif how == "lost":
        ports.vault.destroy(ports.vault.names("paper")[0])
    else:
        with ports.db.work() as tx:
            erasing.erase_waiting_papers(tx, village.id)
            tx.commit()


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    ("choices", "code"),
    [
        ({"99999": "yes"}, "paper_ballot_refused"),
        ({"00001": "purple"}, "paper_ballot_refused"),
        ({}, "paper_batch_wrong"),
        ({f"{n:05}": "yes" for n in range(101)}, "paper_too_many"),
    ],
)
def test_what_could_not_be_cast_does_not_wait(ports: Ports, choices: dict[str, str], code: str) -> None:
    number = an_open_poll(ports, a_village(ports))
    with pytest.raises(GatewayError, match=code):
        waiting.enter_first(number, "A1", Entry("Ann", choices), ports=ports)
    assert (still_waits(ports, number), ports.vault.names("paper")) == ([], [])


def test_typed_lines_are_read_with_commas_spaces_and_full_width_digits() -> None:
    said = {"1": "yes", "赞成": "yes", "2": "no"}
    typed = "code,choice\n\n 00001  1\n００００２，２\n00003:赞成 \n"
    assert paper.read_lines("Ann", typed, said.get).choices == {"00001": "yes", "00002": "no", "00003": "yes"}
    for wrong, params in (("00001 1\n00002", {"line": 2}), ("00001 9", {"line": 1})):
        with pytest.raises(InputError) as refused:
            paper.read_lines("Ann", wrong, said.get)
        assert (refused.value.code, refused.value.params) == ("paper_unreadable", params)
    with pytest.raises(InputError, match="paper_twice"):
        paper.read_lines("Ann", "00001 1\n00001 1", said.get)


SEVERAL = {"options": 3, "most": 2}


@pytest.mark.parametrize(
    ("form", "marks", "choice"),
    [
        (BallotForm(Method.YESNO), {"choice": "no"}, "no"),
        (BallotForm(Method.SINGLE, 3, 1), {"choice": "abstain"}, "abstain"),
        (BallotForm(Method.APPROVAL, **SEVERAL), {"option_3": "yes", "option_1": "yes"}, "1,3"),
        (BallotForm(Method.APPROVAL, **SEVERAL), {"abstain": "yes"}, "abstain"),
        (BallotForm(Method.SCORE, 3, 3, 5), {"option_1": "0", "option_2": "", "option_3": "5"}, "1=0,3=5"),
        (BallotForm(Method.RANKED, 3, 3), {"option_1": "3", "option_3": "1"}, "3>1"),
        (BallotForm(Method.YESNO), {}, "ballot_unmarked"),
        (BallotForm(Method.YESNO), {"choice": "maybe"}, "ballot_not_allowed"),
        (BallotForm(Method.RANKED, 3, 3), {}, "ballot_unmarked"),
        (BallotForm(Method.RANKED, 3, 3), {"option_1": "1", "option_2": "1"}, "ballot_same_place"),
        (BallotForm(Method.RANKED, 3, 3), {"option_1": "first"}, "ballot_not_allowed"),
        (BallotForm(Method.APPROVAL, **SEVERAL), {f"option_{n}": "yes" for n in (1, 2, 3)}, "ballot_not_allowed"),
        (BallotForm(Method.APPROVAL, **SEVERAL), {"option_1": "yes", "abstain": "yes"}, "ballot_marked_twice"),
        (BallotForm(Method.BUDGET, 2, 2, 0, (5, 6), 10), {"option_1": "y", "option_2": "y"}, "ballot_not_allowed"),
    ],
)
def test_marks_on_a_form_make_a_choice_or_say_what_is_wrong(
    form: BallotForm, marks: dict[str, str], choice: str
) -> None:
    if choice.startswith("ballot_"):
        with pytest.raises(InputError, match=choice):
            read_marks(form, marks)
    else:
        assert read_marks(form, marks) == choice
