"""Votes given in person, at the desk: who it is, the ballot, the receipt once; batches of paper that two people enter.

What is chosen is in one request and in no answer, cookie, trail, log or row.
"""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
from werkzeug.test import TestResponse

from gateway.bootstrap import Gateway
from gateway.polls import views
from gateway.polls.closing import close_poll
from gateway.polls.model import Counting, Method, PollWording, Threshold, ThresholdBase
from gateway.roll import views as roll
from gateway.staff import views as accounts
from tests.polls.test_secrecy import everything_stored, stored_bytes
from tests.polls.village import Village, an_open_poll, even_few_are_published
from tests.web.console.conftest import ADDRESS, Browser
from tests.web.hooks.test_choice_canary import guises
from tests.web.hooks.test_choice_canary import log_lines as log_lines  # noqa: PLC0414  # the fixture
from tests.web.html import check_page
from tests.web.sample import Sample

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
ANY = Threshold(ThresholdBase.PARTICIPANTS, Fraction(0))
RANKED = {"method": Method.RANKED, "counting": Counting.IRV}
FIELDS = {Method.APPROVAL: "input", Method.SCORE: "select", Method.RANKED: "select", Method.BUDGET: "input"}
NINE = tuple(f"选项{number}" for number in range(1, 10))
CHOICE = "7>3>9>1>8>2>6>4>5"
PLACES = {f"option_{option}": str(place) for place, option in enumerate(CHOICE.split(">"), start=1)}


@pytest.fixture
def village(gateway: Gateway, sample: Sample) -> Village:
    with gateway.db.read() as conn:
        community = roll.community_by_code(conn, sample.code).id
        return Village(community, roll.community_resident_ids(conn, community))


def a_poll(gateway: Gateway, village: Village, options: tuple[str, ...], **terms: Any) -> int:
    """An open poll for a village that speaks two languages."""
    words = PollWording("先修哪一样?", options)
    return an_open_poll(gateway.ports, village, wording={"": words, "en": words}, threshold=ANY, **terms)


def codes(gateway: Gateway, village: Village) -> list[str]:
    with gateway.db.read() as conn:
        return [roll.resident(conn, one).code for one in village.people]


def voters(gateway: Gateway, number: int) -> set[int]:
    with gateway.db.read() as conn:
        return set(views.participants(conn, number))


def shown(browser: Browser, answer: TestResponse) -> str:
    """The page that a form leads on to."""
    assert answer.status_code == 303, answer.text
    return browser.get(answer.headers["Location"]).text


def test_vote_of_somebody_present_is_cast_and_its_receipt_shown_once(
    clerk: Browser, sample: Sample, gateway: Gateway, village: Village
) -> None:
    address, person = f"/c/{sample.code}/polls/{sample.open_poll}", codes(gateway, village)[3]
    assert f"{address}/desk" in check_page(clerk.get(address).text, "en").links
    check_page(clerk.get(f"{address}/desk").text, "en")
    with gateway.db.read() as conn:
        language = roll.resident(conn, village.people[3]).language
    several = check_page(clerk.post(f"{address}/desk/person", like="0").text, "en").text
    assert "Which of them?" in several
    ballot = clerk.post(f"{address}/desk/person", like=person).text
    assert f"<dd>{person}</dd>" in check_page(ballot, "en").text
    assert not re.search(r"checked|selected", ballot)
    assert clerk.post(f"{address}/desk/vote", person=person).status_code == 422
    receipts = [shown(clerk, clerk.post(f"{address}/desk/vote", person=person, choice=one)) for one in ("no", "yes")]
    # The same for each choice, and for a second vote.
    assert receipts[0] == receipts[1]
    assert re.search(r'class="big">\d{5,}<', receipts[0])
    # It is handed to the person in their own language, whatever the clerk's is.
    assert ("收到您当面投的票" in receipts[0]) is (language == "zh")
    assert "There is nothing to show" in check_page(clerk.get(f"{address}/receipts").text, "en").text
    assert voters(gateway, sample.open_poll) == {*village.people[:2], village.people[3]}
    with gateway.db.read() as conn:
        done = [(act.act, act.subject) for act in accounts.acts(conn, None, most=4)]
    # That somebody voted is on the trail, and not who.
    assert done[0] == ("in_person_vote", str(sample.open_poll))
    assert clerk.post(f"{address}/desk/vote", person="99999", choice="yes").status_code == 404


def test_whoever_has_no_vote_is_said_to_have_none(
    clerk: Browser, sample: Sample, gateway: Gateway, village: Village
) -> None:
    address = f"/c/{sample.code}/polls"
    page = clerk.post(f"{address}/{sample.open_poll}/desk/person", like="nobody-of-this-name").text
    assert "Nobody on the roll" in check_page(page, "en").text
    closed = clerk.get(f"{address}/{sample.closed_poll}/desk")
    assert (closed.status_code, "takes no votes now" in closed.text) == (409, True)


def test_every_form_of_ballot_is_a_form_on_the_page(
    clerk: Browser, sample: Sample, gateway: Gateway, village: Village
) -> None:
    clerk.speak("zh")
    person = codes(gateway, village)[0]
    money = {"costs": (3, 4, 5), "budget": 8, "knapsack": True}
    for method, field in FIELDS.items():
        number = a_poll(gateway, village, NINE[:3], method=method, **(money if method is Method.BUDGET else {}))
        page = clerk.post(f"/c/{sample.code}/polls/{number}/desk/person", like=person).text
        fields = check_page(page, "zh").fields
        assert [fields[name] for name in ("option_1", "option_2", "option_3", "abstain")] == [*[field] * 3, "input"]


def test_papers_are_cast_when_two_people_have_entered_the_same(
    clerk: Browser, sample: Sample, gateway: Gateway, village: Village, signed_in: Callable[[str], Browser]
) -> None:
    officer, who = signed_in("officer"), codes(gateway, village)
    address = f"/c/{sample.code}/polls/{sample.open_poll}/papers"
    typed = f"{who[3]} 1\n{who[4]} 反对\n"
    assert clerk.post(f"{address}/first", batch="A1", papers=f"{who[3]} 4").status_code == 422
    page = shown(clerk, clerk.post(f"{address}/first", batch="A1", papers=typed))
    assert "Somebody else has to enter it" in check_page(page, "en").text
    (second,) = re.findall(rf'{address}/\d+"', officer.get(address).text)
    second = second.rstrip('"')
    check_page(clerk.get(second).text, "en")
    assert "<textarea" not in clerk.get(second).text
    assert clerk.post(second, papers=typed).status_code == 409
    assert "papers" in check_page(officer.get(second).text, "en").fields
    differs = officer.post(second, papers=f"{who[3]} 1\n{who[4]} 1\n")
    assert (differs.status_code, who[4] in differs.text, who[3] in differs.text) == (409, True, False)
    assert voters(gateway, sample.open_poll) == {*village.people[:2]}
    receipts = check_page(shown(officer, officer.post(second, papers=typed)), "en").text
    assert (who[3] in receipts, who[4] in receipts) == (True, True)
    assert voters(gateway, sample.open_poll) == {*village.people[:2], *village.people[3:5]}
    assert officer.post(second, papers=typed).status_code == 404


def test_first_entry_is_thrown_away_and_a_script_is_told_where_to_go(
    clerk: Browser, sample: Sample, gateway: Gateway, village: Village
) -> None:
    address = f"/c/{sample.code}/polls/{sample.open_poll}/papers"
    form = {"token": clerk.token, "batch": "A1", "papers": f"{codes(gateway, village)[3]} 1"}
    answer = clerk.client.post(f"{address}/first", base_url=ADDRESS, data=form, headers={"HX-Request": "true"})
    assert (answer.status_code, answer.headers["HX-Redirect"]) == (200, address)
    (second,) = re.findall(rf'"({address}/\d+)/withdrawal"', clerk.get(address).text)
    assert "destroyed" in shown(clerk, clerk.post(f"{second}/withdrawal"))
    assert gateway.ports.vault.names("paper") == []


def test_choice_lies_in_no_answer_cookie_trail_log_or_row(
    clerk: Browser,
    sample: Sample,
    gateway: Gateway,
    village: Village,
    signed_in: Callable[[str], Browser],
    log_lines: io.StringIO,
    tmp_path: Path,
) -> None:
    number, who = a_poll(gateway, village, NINE, **RANKED), codes(gateway, village)
    officer, address = signed_in("officer"), f"/c/{sample.code}/polls/{number}"
    typed = f"{who[1]} {CHOICE}\n{who[2]} {CHOICE}\n"
    answers = [
        clerk.post(f"{address}/desk/vote", person=who[0], abstain="yes", **PLACES),
        clerk.post(f"{address}/desk/vote", person="99999", **PLACES),
        clerk.post(f"{address}/papers/first", batch="A1", papers=f"99999 {CHOICE}"),
        clerk.post(f"{address}/papers/first", batch="A1", papers=f"{typed}{who[3]} {CHOICE}>5"),
    ]
    with patch("gateway.polls.paper.actions.cast", side_effect=ValueError(f"CANARY {CHOICE}")):
        answers.append(clerk.post(f"{address}/desk/vote", person=who[0], **PLACES))
    answers.append(clerk.post(f"{address}/desk/vote", person=who[0], **PLACES))
    answers.append(clerk.post(f"{address}/papers/first", batch="A1", papers=typed))
    second = re.findall(rf'"({address}/papers/\d+)"', officer.get(f"{address}/papers").text)[0]
    answers.append(officer.post(second, papers=typed.replace(">4>5", ">5>4", 1)))
    with patch("gateway.polls.waiting.cast_batch", side_effect=ValueError(f"CANARY {CHOICE}")):
        answers.append(officer.post(second, papers=typed))
    answers.append(officer.post(second, papers=typed))
    assert [answer.status_code for answer in answers] == [422, 404, 409, 422, 500, 303, 303, 409, 500, 303]
    pages = [browser.get(f"{address}/receipts") for browser in (clerk, officer)]
    told = b"".join(answer.get_data() + str(answer.headers).encode() for answer in [*answers, *pages])
    cookies = str(
        [browser.client.get_cookie("xiangyin_console", domain="console.example") for browser in (clerk, officer)]
    )
    rows = "".join(value for _, value in everything_stored(gateway.ports))
    found = told + (cookies + rows + log_lines.getvalue()).encode() + stored_bytes(tmp_path)
    assert "console page failed" in log_lines.getvalue()
    for plain in (CHOICE, CHOICE.replace(">", " "), "CANARY"):
        assert [guise for guise in guises(plain) if guise in found] == []
    with even_few_are_published():
        assert close_poll(number, ports=gateway.ports, wording=gateway.wording).participants == 3
    places = {place for place, value in everything_stored(gateway.ports) if CHOICE in value}
    assert "poll_choice.choice" in places
    assert places <= {"poll_choice.choice", "poll_result.result"}
