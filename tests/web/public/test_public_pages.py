"""The residents' pages: complete, readable, and silent about what is not public."""

from __future__ import annotations

import hashlib
from urllib.parse import urljoin, urlsplit

import pytest
from flask.testing import FlaskClient

from gateway.bootstrap import Gateway
from gateway.record import views as record
from gateway.web.public_app import create_public_app
from tests.web.html import check_page
from tests.web.sample import DECLINED_TOPIC, HIDDEN_TOPIC, PRIVATE_TEXT, SCRIPT, SPOKEN_LINE, Sample

LANGUAGES = ("zh", "en")


@pytest.fixture
def client(gateway: Gateway) -> FlaskClient:
    return create_public_app(gateway).test_client()


def crawl(client: FlaskClient, language: str) -> dict[str, str]:
    """Every page of one language that can be reached by links, and every one of them is there."""
    start, other = f"/?language={language}", {"zh": "en", "en": "zh"}[language]
    found: dict[str, str] = {}
    waiting = [start]
    while waiting:
        address = waiting.pop()
        if address in found:
            continue
        answer = client.get(address)
        assert answer.status_code == 200, address
        found[address] = answer.text if answer.mimetype == "text/html" else ""
        if found[address]:
            links = check_page(found[address], language).links
            inner = (urljoin(address, link) for link in links if not link.startswith(("tel:", "#")))
            waiting += [link for link in inner if f"language={other}" not in link]
    return found


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_page_is_reached_by_links_and_well_made(client: FlaskClient, sample: Sample, language: str) -> None:
    found = crawl(client, language)
    paths = {urlsplit(address).path for address in found}
    for number in (sample.raised, sample.accepted, sample.declined, sample.done):
        assert f"/c/{sample.code}/topics/{number}" in paths
    for poll in (sample.open_poll, sample.closed_poll, sample.void_poll, sample.single_poll):
        assert f"/c/{sample.code}/polls/{poll}" in paths
    assert "/record/head" in paths


def test_nothing_private_is_on_any_page(client: FlaskClient, sample: Sample) -> None:
    everything = "".join(crawl(client, "zh").values())
    names = ("陈大山", "李秀英", "王水生", "Anna", "张桂兰", "何阿香", "林文书", "138000", "10014")
    for secret in (HIDDEN_TOPIC, DECLINED_TOPIC, PRIVATE_TEXT, "草稿里的题目", SCRIPT, *names):
        assert secret not in everything
    assert "&lt;script&gt;" in everything


@pytest.mark.parametrize("stage", ["raised", "declined"])
def test_topic_that_is_not_accepted_shows_number_and_stage_only(
    client: FlaskClient, sample: Sample, stage: str
) -> None:
    answer = client.get(f"/c/{sample.code}/topics/{getattr(sample, stage)}?language=en")
    assert answer.status_code == 200
    assert getattr(sample, stage) in answer.text
    assert HIDDEN_TOPIC not in answer.text
    assert DECLINED_TOPIC not in answer.text
    assert "in support" not in answer.text


def test_open_poll_shows_its_terms_and_no_turnout(client: FlaskClient, sample: Sample) -> None:
    text = client.get(f"/c/{sample.code}/polls/{sample.open_poll}?language=en").text
    terms = client.get(f"/c/{sample.code}/polls/{sample.open_poll}/terms.json").data
    assert hashlib.sha256(terms).hexdigest() in text
    assert "6 people" in text
    assert "more than half of all who vote" in text
    assert "Every group must reach this for itself" in text
    assert SPOKEN_LINE in text
    assert "took part" not in text
    assert "Receipts" not in text


def test_closed_poll_shows_count_rule_receipts_and_root(client: FlaskClient, sample: Sample, gateway: Gateway) -> None:
    text = client.get(f"/c/{sample.code}/polls/{sample.closed_poll}?language=en").text
    assert "Adopted" in text
    assert "5 of 6 people entitled to vote took part." in text
    assert '<th scope="row">Yes</th><td class="count">3</td>' in text
    assert sample.receipt in text
    with gateway.db.read() as conn:
        entries = record.entries_about(conn, f"poll:{sample.closed_poll}")
    recorded = " ".join(str(entry.data) for entry in entries)
    hashes = [word for word in text.replace("<", ">").split(">") if len(word) == 64]
    assert len(hashes) == 2
    assert all(one in recorded for one in hashes)


def test_closed_poll_can_be_counted_again_from_the_files_that_the_record_vouches_for(
    client: FlaskClient, sample: Sample, gateway: Gateway
) -> None:
    base = f"/c/{sample.code}/polls/{sample.closed_poll}"
    ballots, receipts = (client.get(f"{base}/{name}.txt") for name in ("ballots", "receipts"))
    assert sorted(line.split()[1] for line in ballots.text.splitlines()) == ["abstain", "no", "yes", "yes", "yes"]
    assert sample.receipt in receipts.text.splitlines()
    with gateway.db.read() as conn:
        recorded = record.entries_about(conn, f"poll:{sample.closed_poll}")[-1].data
    assert recorded["choices_sha256"] == hashlib.sha256(ballots.data).hexdigest()
    assert recorded["receipts_sha256"] == hashlib.sha256(receipts.data).hexdigest()


@pytest.mark.parametrize("name", ["receipts.txt", "ballots.txt"])
def test_open_poll_gives_no_files_of_its_ballots(client: FlaskClient, sample: Sample, name: str) -> None:
    assert client.get(f"/c/{sample.code}/polls/{sample.open_poll}/{name}").status_code == 404


def test_void_poll_says_so(client: FlaskClient, sample: Sample) -> None:
    text = client.get(f"/c/{sample.code}/polls/{sample.void_poll}?language=en").text
    assert "This poll is void" in text
    assert "The keys to the ballots were lost" in text


def test_what_is_not_there_is_not_found_and_helps_on(client: FlaskClient, sample: Sample) -> None:
    strangers = (
        "/nothing", "/c/nowhere/", f"/c/{sample.code}/topics/99", f"/c/{sample.code}/topics/abc",
        f"/c/{sample.code}/polls/{sample.draft_poll}", f"/c/{sample.code}/polls/{sample.other_poll}",
        f"/c/{sample.code}/polls/{sample.draft_poll}/terms.json", f"/c/{sample.code}/polls/999",
        f"/c/{sample.code}/topics/{sample.other_topic}",
    )  # fmt: skip
    for address in strangers:
        answer = client.get(f"{address}?language=en")
        assert answer.status_code == 404, address
        page = check_page(answer.text, "en")
        assert "style-src 'self'" in answer.headers["Content-Security-Policy"]
        assert f"/c/{sample.code}/?language=en" in page.links


def test_language_comes_from_address_browser_community(client: FlaskClient, sample: Sample) -> None:
    address = f"/c/{sample.code}/"
    check_page(client.get(address).text, "zh")
    check_page(client.get(address, headers={"Accept-Language": "en-GB,en;q=0.9"}).text, "en")
    answer = client.get(f"{address}?language=zh", headers={"Accept-Language": "en"})
    check_page(answer.text, "zh")
    assert answer.headers["Content-Language"] == "zh"
    check_page(client.get(f"{address}?language=xx").text, "zh")


def test_pages_set_no_cookie_and_allow_no_script(client: FlaskClient, sample: Sample) -> None:
    answer = client.get(f"/c/{sample.code}/")
    assert "Set-Cookie" not in answer.headers
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
    assert "script" not in answer.headers["Content-Security-Policy"]


def test_record_is_read_in_parts(client: FlaskClient, sample: Sample) -> None:
    head = client.get("/record/head").get_json()
    assert head["size"] > 10
    assert len(head["root"]) == 64
    part = client.get("/record/entries?start=2&limit=3").get_json()
    assert [entry["seq"] for entry in part["entries"]] == [2, 3, 4]
    assert part["entries"][0]["at"].endswith("Z")
    assert client.get("/record/entries?start=-1").status_code == 400
    assert client.get("/record/entries?limit=all").status_code == 400
    assert client.get(f"/record/entries?start={head['size']}").get_json()["entries"] == []


def test_style_sheet_fetches_nothing_from_elsewhere(client: FlaskClient, sample: Sample) -> None:
    with client.get("/style.css") as style:
        assert style.status_code == 200
        assert "url(" not in style.text
        assert "@import" not in style.text
        assert len(style.data) < 20_000
