"""What a clerk does on the console's pages."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from urllib.parse import urljoin

import pytest

from gateway.bootstrap import Gateway
from gateway.followup import views as followup
from gateway.polls import views as polls
from gateway.polls.model import Method, PollState, ThresholdBase
from gateway.staff import views as accounts
from gateway.topics import views as topics
from gateway.topics.model import Stage
from gateway.web.console_app import create_console_app
from tests.web.console.conftest import Browser
from tests.web.html import check_page
from tests.web.sample import HIDDEN_TOPIC, PRIVATE_TEXT, SCRIPT, Sample


@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_page_is_reached_by_links_and_well_made(clerk: Browser, sample: Sample, language: str) -> None:
    clerk.speak(language)
    found: dict[str, str] = {}
    waiting = [f"/c/{sample.code}/"]
    while waiting:
        address = waiting.pop()
        if address in found:
            continue
        answer = clerk.get(address)
        assert answer.status_code == 200, address
        found[address] = answer.text if answer.mimetype == "text/html" else ""
        if not found[address]:
            continue
        links = (urljoin(address, link) for link in check_page(answer.text, language).links if link[0] in "/?")
        waiting += [link for link in links if link != "/"]
    assert len(found) > 20
    everything = "".join(found.values())
    assert SCRIPT not in everything
    assert "&lt;script&gt;" in everything
    assert "Anna &lt;b&gt;Lee" in everything
    assert "138000" not in everything


def test_today_shows_what_waits(clerk: Browser, sample: Sample) -> None:
    text = clerk.get(f"/c/{sample.code}/").text
    assert '<span class="big">4</span> texts wait' in text
    assert '<span class="big">1</span> topics wait' in text
    assert "2 of 6 entitled people have voted" in text
    assert "Friday 27 November 2026, 12:00" in text
    assert f"/c/{sample.code}/broadcasts/{sample.broadcast}" in text


def test_screening_accepts_and_publishes(clerk: Browser, sample: Sample, gateway: Gateway) -> None:
    address = f"/c/{sample.code}/topics/{sample.raised}"
    assert HIDDEN_TOPIC in clerk.get(address).text
    answer = clerk.post(f"{address}/screening", decision="accept", reason="")
    assert answer.headers["Location"] == address
    assert f"Topic {sample.raised} is accepted." in clerk.get(address).text
    with gateway.db.read() as conn:
        topic = topics.topic(conn, sample.raised)
    assert topic is not None
    assert topic.stage is Stage.ACCEPTED


def test_declining_needs_a_reason(clerk: Browser, sample: Sample, gateway: Gateway) -> None:
    address = f"/c/{sample.code}/topics/{sample.raised}"
    refused = clerk.post(f"{address}/screening", decision="decline", reason=" ")
    assert refused.status_code == 422
    assert "Declining needs a reason" in refused.text
    assert address in check_page(refused.text, "en").links
    assert clerk.post(f"{address}/screening", decision="decline", reason="not ours").status_code == 303
    again = clerk.post(f"{address}/screening", decision="accept", reason="")
    assert again.status_code == 409
    assert "screened already" in again.text
    with gateway.db.read() as conn:
        topic = topics.topic(conn, sample.raised)
    assert topic is not None
    assert (topic.stage, topic.reason) == (Stage.DECLINED, "not ours")


def test_update_is_published_and_sent(clerk: Browser, sample: Sample, gateway: Gateway) -> None:
    address = f"/c/{sample.code}/topics/{sample.accepted}"
    answer = clerk.post(f"{address}/updates", words_zh="装好了", words_en="", stage="done", everyone="yes")
    assert answer.status_code == 303
    with gateway.db.read() as conn:
        topic = topics.topic(conn, sample.accepted)
        assert topic is not None
        newest = followup.updates(conn, topic.id)[0]
    assert (topic.stage, dict(newest.words)) == (Stage.DONE, {"zh": "装好了"})
    assert "装好了" in clerk.get(address).text


def test_update_without_words_is_refused(clerk: Browser, sample: Sample) -> None:
    answer = clerk.post(f"/c/{sample.code}/topics/{sample.accepted}/updates", words_zh="  ", words_en="")
    assert answer.status_code == 422


def poll_fields(**changes: str) -> dict[str, str]:
    return {
        "method": "single", "question_zh": "先修哪一样?", "options_zh": "修路\r\n\r\n 打井 \r\n", "question_en": "What first?",
        "options_en": "The road\nThe well", "share": "1/2", "of": "cast", "quorum": "1/3", "closes": "2026-12-01T20:00",
    } | changes  # fmt: skip


def second_person_agrees(browser: Browser, sample: Sample) -> None:
    """Agree to what waits, as the page of it offers."""
    page = browser.get(f"/c/{sample.code}/releases").text
    found = re.search(r'action="(/c/[^"]+/agreement)"', page)
    assert found
    assert browser.post(found[1]).status_code == 303


def test_poll_is_written_checked_opened_closed_by_two(
    clerk: Browser, sample: Sample, gateway: Gateway, signed_in: Callable[[str], Browser]
) -> None:
    officer = signed_in("officer")
    made = clerk.post(f"/c/{sample.code}/polls", **poll_fields())
    assert made.status_code == 303
    address = made.headers["Location"]
    number = int(address.rpartition("/")[2])
    with gateway.db.read() as conn:
        draft = polls.poll(conn, number)
    assert (draft.state, draft.method, draft.threshold.base) == (PollState.DRAFT, Method.SINGLE, ThresholdBase.CAST)
    assert draft.words("zh").options == ("修路", "打井")
    assert draft.words("en").question == "What first?"
    assert draft.closes_at.isoformat() == "2026-12-01T12:00:00+00:00"
    assert "6 people on the roll have a vote" in clerk.get(address).text
    clerk.post(f"{address}/opening")
    assert "Tick the box" in clerk.get(address).text
    clerk.post(f"{address}/opening", sure="yes")
    assert "waits for a second person" in clerk.get(address).text
    assert "/agreement" not in clerk.get(address).text
    with gateway.db.read() as conn:
        (waiting,) = accounts.waiting_releases(conn, draft.community_id)
    alone = clerk.post(f"/c/{sample.code}/releases/{waiting.id}/agreement")
    assert alone.status_code == 409
    check_page(officer.get(f"/c/{sample.code}/").text, "en")
    second_person_agrees(officer, sample)
    assert "0 of 6 entitled people have voted" in clerk.get(address).text
    clerk.post(f"{address}/closing", sure="yes")
    assert clerk.post(f"{address}/closing", sure="yes").status_code == 409
    second_person_agrees(officer, sample)
    text = officer.get(address).text
    assert "its result is published" in text
    assert "Quorum missed" in text


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"closes": "tomorrow"}, "closing time cannot be read"),
        ({"closes": "2020-01-01T08:00"}, "closing time has passed"),
        ({"share": "x"}, "not filled in completely"),
        ({"share": "1/0"}, "not filled in completely"),
        ({"of": "everybody"}, "not filled in completely"),
        ({"method": ""}, "not filled in completely"),
        ({"options_zh": "只有一个"}, "2 to 9"),
        ({"options_en": "One\nTwo\nThree"}, "translation into en"),
        ({"method": "yesno", "share": "0"}, "needs a threshold"),
        ({"question_zh": ""}, "cannot be empty"),
    ],
)
def test_poll_form_comes_back_as_it_was_filled_in(
    clerk: Browser, sample: Sample, changes: dict[str, str], sentence: str
) -> None:
    answer = clerk.post(f"/c/{sample.code}/polls", **poll_fields(**changes))
    assert answer.status_code == 422
    assert sentence in answer.text
    assert "What first?" in answer.text
    check_page(answer.text, "en")


def test_nobody_sees_a_count_before_closing(clerk: Browser, sample: Sample) -> None:
    text = clerk.get(f"/c/{sample.code}/polls/{sample.open_poll}").text
    assert '<th scope="row">Yes</th>' not in text
    assert "nobody can see what was chosen" in text


def test_inbox_opens_what_may_be_read_and_lets_go(clerk: Browser, sample: Sample) -> None:
    address = f"/c/{sample.code}/inbox"
    text = clerk.get(address).text
    assert PRIVATE_TEXT in text
    assert "the text was not kept" in text
    assert "can no longer be read" in text
    assert "not on the roll" in text
    clerk.post(f"{address}/{sample.waiting}/answered")
    assert PRIVATE_TEXT not in clerk.get(address).text
    assert clerk.post(f"{address}/{sample.waiting}/answered").status_code == 404


def test_broadcast_names_whom_it_did_not_reach_and_why(clerk: Browser, sample: Sample) -> None:
    text = clerk.get(f"/c/{sample.code}/broadcasts/{sample.broadcast}").text
    assert "张桂兰" in text
    assert "no telephone number" in text


def test_roll_masks_numbers(clerk: Browser, sample: Sample) -> None:
    text = clerk.get(f"/c/{sample.code}/roll").text
    assert "+86…01" in text
    assert "13800000001" not in text


def test_bug_of_ours_is_confessed_and_logged_without_content(
    gateway: Gateway, sample: Sample, caplog: pytest.LogCaptureFixture
) -> None:
    broken = replace(gateway, ports=replace(gateway.ports, sealer=None))  # type: ignore[arg-type]
    browser = Browser(create_console_app(broken))
    browser.sign_in("林文书")
    answer = browser.get(f"/c/{sample.code}/inbox")
    assert answer.status_code == 500
    assert "Something went wrong on our side" in check_page(answer.text, "en").text
    assert "console page failed" in caplog.text
    assert PRIVATE_TEXT not in caplog.text
