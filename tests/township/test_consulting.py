"""The level above asks, villages answer: one answer each, small cells withheld, nobody remembered."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from gateway.kernel.db import metadata
from gateway.kernel.errors import GatewayError
from gateway.kernel.ports import Ports
from gateway.record import views as record
from gateway.township import consulting, views
from gateway.township.model import Consultation, ConsultationDraft, ConsultationState, count
from gateway.wording.catalogue import Wording
from tests.delegates.office import a_township
from tests.fakes import StillClock
from tests.followup.promising import told
from tests.meetings.gathering import work
from tests.polls.village import Village, a_village

QUESTION, OPTIONS = {"zh": "集市放在哪天？"}, {"zh": ("周六", "周日")}


@pytest.fixture
def villages(ports: Ports) -> tuple[Village, Village]:
    return a_village(ports, 14), a_village(ports, 12, code="xitan")


@pytest.fixture
def above(ports: Ports, villages: tuple[Village, Village]) -> int:
    return a_township(ports, *villages)


def ask(ports: Ports, above: int, villages: tuple[Village, ...], wording: Wording, **terms: Any) -> Consultation:
    now = ports.clock.now()
    usual = {"question": QUESTION, "options": OPTIONS, "closes_at": now + timedelta(days=7)}
    draft = ConsultationDraft(above, tuple(one.id for one in villages), **usual | terms)
    made: Consultation = work(ports, lambda tx: consulting.ask(tx, draft, at=now, wording=wording))
    return made


def answer(ports: Ports, number: int, person: int, choice: int) -> bool:
    kept: bool = work(ports, lambda tx: consulting.answer(tx, number, person, choice, at=ports.clock.now()))
    return kept


def test_villages_answer_and_everybody_hears_the_result(
    ports: Ports, clock: StillClock, villages: tuple[Village, Village], above: int, wording: Wording
) -> None:
    made = ask(ports, above, villages, wording)
    everybody = {*villages[0].people, *villages[1].people}
    heard = told(ports, "consultation")
    assert {person for person, _ in heard} == everybody
    assert "石镇问各村" in heard[0][1]
    assert "1 周六 2 周日" in heard[0][1]
    for at, person in enumerate(villages[0].people[:9]):
        answer(ports, made.number, person, 1 if at < 6 else 2)
    for at, person in enumerate(villages[1].people[:10]):
        answer(ports, made.number, person, 1 if at < 3 else 2)
    # The last word counts.
    assert answer(ports, made.number, villages[0].people[0], 2)
    clock.advance(days=7)
    assert not answer(ports, made.number, villages[0].people[1], 2)
    assert consulting.close_due(ports, wording=wording) == 1
    assert consulting.close_due(ports, wording=wording) == 0
    with ports.db.read() as conn:
        done = views.consultation(conn, made.number)
        left = conn.execute(select(func.count()).select_from(metadata.tables["consultation_answer"])).scalar_one()
        [entry] = [one for one in record.entries(conn) if one.kind == "consultation.closed"]
    assert (done.state, left) == (ConsultationState.CLOSED, 0)
    assert done.result == {
        "asked": 26,
        "answered": 19,
        "counts": [8, 11],
        "places": {
            "shitan": {"asked": 14, "answered": 9, "counts": [5, 4]},
            "xitan": {"asked": 12, "answered": 10, "counts": [3, 7]},
        },
    }
    assert dict(entry.data)["counts"] == [8, 11]
    results = told(ports, "consultation_result")
    assert {person for person, _ in results} == everybody
    assert "周六8人 周日11人" in results[0][1]


def test_small_cells_are_withheld_with_what_would_give_them_away() -> None:
    asked = {"a": 40, "b": 30, "c": 20}
    result = count(asked, {"a": [9, 8], "b": [6, 5], "c": [3, 0]})
    assert result["counts"] == [18, 13]
    assert [result["places"][code]["counts"] for code in "abc"] == [[9, 8], None, None]
    few = count(asked, {"a": [5, 2], "b": [1, 0], "c": [0, 1]})
    assert (few["counts"], few["answered"]) == (None, 9)
    assert {place["counts"] for place in few["places"].values()} == {None}


def test_only_those_asked_answer_and_only_what_there_is(
    ports: Ports, villages: tuple[Village, Village], above: int, wording: Wording
) -> None:
    made = ask(ports, above, villages[:1], wording)
    assert not answer(ports, made.number, villages[1].people[0], 1)
    with pytest.raises(GatewayError, match="no_such_choice"):
        answer(ports, made.number, villages[0].people[0], 3)
    with ports.db.read() as conn:
        assert views.unanswered(conn, villages[0].people[0], ports.clock.now()) == [made.number]


@pytest.mark.parametrize(
    ("terms", "code"),
    [({"question": {"zh": ""}}, "question_wrong"), ({"question": {"zh": "字" * 37}}, "question_wrong"),
     ({"options": {"zh": ("是",)}}, "options_wrong"), ({"options": {"zh": ("是", "否"), "en": ("yes", "no")}}, "options_wrong"),
     ({"options": {"zh": ("是", "字" * 9)}}, "options_wrong")],
)  # fmt: skip
def test_question_must_fit_a_text(
    ports: Ports, villages: tuple[Village, Village], above: int, wording: Wording, terms: dict[str, Any], code: str
) -> None:
    with pytest.raises(GatewayError, match=code):
        ask(ports, above, villages, wording, **terms)


def test_villages_are_not_asked_from_the_side(
    ports: Ports, villages: tuple[Village, Village], above: int, wording: Wording
) -> None:
    assert above
    with pytest.raises(GatewayError, match="consultation_elsewhere"):
        ask(ports, villages[0].id, (villages[1],), wording)
