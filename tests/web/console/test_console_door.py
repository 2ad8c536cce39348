"""The door of the console: signing in, forms, communities, roles."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask

from gateway.bootstrap import Gateway
from gateway.staff.actions import disable_staff
from gateway.web.console.guard import OPEN_ADDRESSES
from tests.fakes import StillClock
from tests.web.console.conftest import ADDRESS, Browser
from tests.web.html import check_page
from tests.web.sample import Sample

Enter = Callable[[str], Browser]


def addresses(app: Flask, sample: Sample) -> list[tuple[str, str, str]]:
    """(endpoint, method, path) of every route, with the sample's own numbers filled in."""
    values = {"code": sample.code, "number": sample.closed_poll, "person": sample.person, "question": sample.question}
    values |= {"statement": sample.meeting, "step": 1, "batch": 1, "name": "x"}
    adapter = app.url_map.bind("console.example")
    return [
        (rule.endpoint, method, adapter.build(rule.endpoint, {n: values[n] for n in rule.arguments}, method=method))
        for rule in app.url_map.iter_rules()
        for method in sorted((rule.methods or set()) & {"GET", "POST", "PUT", "DELETE", "PATCH"})
    ]


def test_every_address_is_behind_the_door(app: Flask, sample: Sample, stranger: Browser) -> None:
    checked = 0
    stranger.get("/sign-in")
    for endpoint, method, path in addresses(app, sample):
        if endpoint in OPEN_ADDRESSES:
            continue
        answer = stranger.get(path) if method == "GET" else stranger.post(path)
        assert (answer.status_code, answer.headers.get("Location")) == (303, "/sign-in"), path
        checked += 1
    assert checked >= 18


def test_token_of_another_session_is_refused(signed_in: Enter, sample: Sample, clerk: Browser) -> None:
    other = signed_in("clerk-of-all")
    clerk.token = other.token
    assert clerk.post("/sign-out").status_code == 400


def test_sign_in_with_a_wrong_password_or_name_says_the_same(stranger: Browser, sample: Sample) -> None:
    wrong = stranger.sign_in("林文书", "not-the-password")
    unknown = stranger.sign_in("nobody", "not-the-password")
    assert wrong.status_code == unknown.status_code == 401
    assert "Name or password is wrong" in wrong.text
    assert "not-the-password" not in wrong.text
    check_page(wrong.text, "en")
    assert stranger.get("/").headers["Location"] == "/sign-in"


def test_sign_in_begins_a_fresh_session(stranger: Browser, sample: Sample) -> None:
    stranger.get("/sign-in")
    before = stranger.token
    assert stranger.sign_in("林文书").headers["Location"] == "/"
    assert stranger.get("/").headers["Location"] == f"/c/{sample.code}/"
    stranger.get(f"/c/{sample.code}/")
    assert stranger.token != before
    stale = stranger.client.post("/sign-out", base_url=ADDRESS, data={"token": before})
    assert stale.status_code == 400


def test_cookie_is_kept_from_scripts_and_other_sites(stranger: Browser, sample: Sample) -> None:
    cookie, known = sorted(stranger.sign_in("林文书").headers.getlist("Set-Cookie"))
    assert known.startswith("xiangyin_known=")
    assert cookie.startswith("xiangyin_console=")
    for word in ("Secure", "HttpOnly", "SameSite=Lax", "Expires="):
        assert word in cookie
    for word in ("Secure", "HttpOnly", "SameSite=Strict", "Path=/sign-in"):
        assert word in known


def test_forged_cookie_opens_nothing(stranger: Browser, sample: Sample) -> None:
    stranger.client.set_cookie("xiangyin_console", "eyJzdGFmZiI6MX0.aaaa.bbbb", domain="console.example")
    assert stranger.get(f"/c/{sample.code}/").headers["Location"] == "/sign-in"


def test_session_ends_after_eight_hours_of_work(clerk: Browser, sample: Sample, clock: StillClock) -> None:
    for _ in range(7):
        clock.advance(hours=1)
        assert clerk.get(f"/c/{sample.code}/").status_code == 200
    clock.advance(minutes=59)
    assert clerk.get(f"/c/{sample.code}/").status_code == 200
    clock.advance(minutes=2)
    assert clerk.get(f"/c/{sample.code}/").headers["Location"] == "/sign-in"
    assert "You were signed out" in clerk.get("/sign-in").text


def test_session_ends_after_two_hours_of_rest(clerk: Browser, sample: Sample, clock: StillClock) -> None:
    clock.advance(hours=1, minutes=59)
    assert clerk.get(f"/c/{sample.code}/").status_code == 200
    clock.advance(hours=2)
    assert clerk.get(f"/c/{sample.code}/").headers["Location"] == "/sign-in"


def test_sign_out_ends_it(clerk: Browser, sample: Sample) -> None:
    assert clerk.post("/sign-out").headers["Location"] == "/sign-in"
    assert clerk.get(f"/c/{sample.code}/").headers["Location"] == "/sign-in"


def test_disabled_account_is_out_at_once(clerk: Browser, sample: Sample, gateway: Gateway) -> None:
    with gateway.db.work() as tx:
        disable_staff(tx, "林文书")
        tx.commit()
    assert clerk.get(f"/c/{sample.code}/").headers["Location"] == "/sign-in"


def test_account_of_all_communities_chooses_one(signed_in: Enter, sample: Sample) -> None:
    browser = signed_in("clerk-of-all")
    page = check_page(browser.get("/").text, "en")
    assert {f"/c/{sample.code}/", f"/c/{sample.other_code}/"} <= set(page.links)
    assert browser.get(f"/c/{sample.other_code}/topics/{sample.other_topic}").status_code == 200


def test_auditor_reads_but_changes_nothing_and_sees_no_person(signed_in: Enter, sample: Sample) -> None:
    auditor = signed_in("auditor")
    for path in ("", "topics", f"topics/{sample.raised}", "polls", f"polls/{sample.draft_poll}", "broadcasts", "trail"):
        page = check_page(auditor.get(f"/c/{sample.code}/{path}").text, "en")
        assert set(page.fields) == set()
        assert "王水生" not in page.text


def test_nothing_is_kept_by_caches_and_nothing_foreign_runs(clerk: Browser, sample: Sample) -> None:
    headers = clerk.get(f"/c/{sample.code}/").headers
    assert headers["Cache-Control"] == "no-store"
    assert "default-src 'none'" in headers["Content-Security-Policy"]
    assert "unsafe" not in headers["Content-Security-Policy"]


@pytest.mark.parametrize("back", ["https://evil.example/", "//evil.example/", "/\\evil.example", "/nothing", ""])
def test_choice_of_language_leads_nowhere_else(clerk: Browser, sample: Sample, back: str) -> None:
    answer = clerk.post("/language", language="zh", back=back)
    assert answer.headers["Location"] == "/"
    check_page(clerk.get(f"/c/{sample.code}/").text, "zh")


def test_unknown_address_is_a_page_too(clerk: Browser, sample: Sample) -> None:
    answer = clerk.get("/nothing")
    assert answer.status_code == 404
    check_page(answer.text, "en")


def test_sign_of_life_needs_no_sign_in(stranger: Browser, sample: Sample) -> None:
    assert stranger.get("/healthz").status_code == 200
