"""Attacks on the desk through its own door: guessing, fixation, forged forms, stored script, stolen cookies."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy import text

from gateway.bootstrap import Gateway
from gateway.staff import signing_in, totp, views
from tests.fakes import StillClock
from tests.web.console.conftest import ADDRESS, Browser
from tests.web.html import check_page
from tests.web.sample import PASSWORD, SCRIPT, Sample

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
Enter = Callable[[str], Browser]


def test_guessing_at_the_door_does_not_lock_out_the_clerks_own_browser(
    app: Flask, sample: Sample, clerk: Browser, figure: Callable[[str], None]
) -> None:
    guesser, let_in = Browser(app), 0
    for index in range(25):
        answer = guesser.sign_in("林文书", PASSWORD if index > 12 else f"guess-{index}-guess")
        let_in += answer.status_code != 401
    assert let_in == 0
    clerk.post("/sign-out")
    assert clerk.sign_in("林文书").status_code == 303
    figure("console: 25 guesses at one name, the last 12 right but too many, 0 let in; the clerk signs in meanwhile")


def test_session_that_was_there_before_signing_in_is_worth_nothing(
    app: Flask, sample: Sample, stranger: Browser, figure: Callable[[str], None]
) -> None:
    # Whoever planted this cookie in the clerk's browser has it still.
    stranger.get("/sign-in")
    planted = stranger.client.get_cookie("xiangyin_console", domain="console.example")
    assert planted is not None
    assert stranger.sign_in("林文书").status_code == 303
    thief = Browser(app)
    thief.client.set_cookie("xiangyin_console", planted.value, domain="console.example")
    assert thief.get(f"/c/{sample.code}/").headers["Location"] == "/sign-in"
    figure("console: session fixation, 1 tried, 0 succeeded")


def test_copy_of_the_cookie_is_dead_after_signing_out(app: Flask, sample: Sample, clerk: Browser) -> None:
    stolen = clerk.client.get_cookie("xiangyin_console", domain="console.example")
    assert stolen is not None
    thief = Browser(app)
    thief.client.set_cookie("xiangyin_console", stolen.value, domain="console.example")
    assert thief.get(f"/c/{sample.code}/").status_code == 200
    clerk.post("/sign-out")
    assert thief.get(f"/c/{sample.code}/").headers["Location"] == "/sign-in"


def test_session_key_is_new_at_every_sign_in(sample: Sample, stranger: Browser, gateway: Gateway) -> None:
    for _ in range(2):
        assert stranger.sign_in("林文书").status_code == 303
    with gateway.db.read() as conn:
        keys = conn.execute(text("SELECT key_hash FROM staff_session")).scalars().all()
    assert len(set(keys)) == len(keys) == 2


def test_form_of_another_site_changes_nothing(
    app: Flask, sample: Sample, clerk: Browser, figure: Callable[[str], None]
) -> None:
    adapter, tried = app.url_map.bind("console.example"), 0
    for rule in app.url_map.iter_rules():
        if "POST" not in (rule.methods or ()):
            continue
        values = {name: sample.code if name == "code" else sample.open_poll for name in rule.arguments}
        for form in ({}, {"token": ""}, {"token": "0" * 48}, {"token": "é"}):
            path = adapter.build(rule.endpoint, values, method="POST")
            answer = clerk.client.post(path, base_url=ADDRESS, data=form, headers={"Origin": "https://evil.example"})
            assert answer.status_code == 400, path
            tried += 1
    figure(f"console: {tried} forged forms (every POST x 4), 0 accepted")


def test_script_kept_by_residents_and_files_is_only_text(
    clerk: Browser, sample: Sample, figure: Callable[[str], None]
) -> None:
    pages = [
        f"topics/{sample.hostile}",
        "topics",
        "roll",
        f"polls/{sample.single_poll}",
        f"topics/{sample.done}",
        "",
        f"meetings/{sample.meeting}",
        "complaints",
        "behalf",
        "hot-spots",
        f"topics/{sample.hostile}/plan",
    ]
    shown = 0
    for path in pages:
        said = clerk.get(f"/c/{sample.code}/{path}").text
        assert SCRIPT not in said
        shown += said.count("&lt;script&gt;")
        check_page(said, "en")
    assert shown >= 9
    figure(
        f"console: stored script in a topic, a name, a roll file, an option: shown as text {shown} times, run 0 times"
    )


def test_code_is_asked_for_once_it_is_on(
    clerk: Browser, sample: Sample, gateway: Gateway, clock: StillClock, stranger: Browser
) -> None:
    refused = clerk.post("/account/code", password="not-it")
    assert refused.status_code == 409
    page = clerk.get("/account")
    shown = clerk.post("/account/code", password=PASSWORD)
    check_page(shown.text, "en")
    assert "<svg" in shown.text
    with gateway.db.read() as conn:
        staff = views.staff_by_name(conn, "林文书")
    secret = signing_in.code_secret(staff.id, ports=gateway.ports)
    assert secret is not None
    assert totp.secret_text(secret) in shown.text
    assert totp.secret_text(secret) not in page.text
    first = totp.code_at(secret, totp.step_at(clock.now()))
    assert clerk.post("/account/code/confirmation", code="12345").status_code == 409
    assert clerk.post("/account/code/confirmation", code=first).status_code == 303
    assert stranger.sign_in("林文书").status_code == 401
    stranger.get("/sign-in")
    # Somebody who looked over the shoulder has password and code of this half minute.
    assert stranger.post("/sign-in", name="林文书", password=PASSWORD, code=first).status_code == 401
    clock.advance(seconds=60)
    fresh = totp.code_at(secret, totp.step_at(clock.now()))
    assert stranger.post("/sign-in", name="林文书", password=PASSWORD, code=fresh).status_code == 303


def test_new_password_signs_out_everywhere_else(app: Flask, sample: Sample, clerk: Browser, signed_in: Enter) -> None:
    other = signed_in("林文书")
    check_page(clerk.get("/account").text, "en")
    assert clerk.post("/account/password", password="wrong", new="another-long-one").status_code == 409
    assert clerk.post("/account/password", password=PASSWORD, new="short").status_code == 422
    assert clerk.post("/account/password", password=PASSWORD, new="another-long-one").status_code == 303
    assert other.get(f"/c/{sample.code}/").headers["Location"] == "/sign-in"
    assert clerk.get(f"/c/{sample.code}/").status_code == 200
    assert Browser(app).sign_in("林文书", "another-long-one").status_code == 303


def test_trail_names_everything_that_was_done(
    clerk: Browser, sample: Sample, gateway: Gateway, signed_in: Enter, wording: object
) -> None:
    clerk.post(f"/c/{sample.code}/topics/{sample.raised}/screening", decision="decline", reason="")
    clerk.post(f"/c/{sample.code}/topics/{sample.raised}/screening", decision="accept", reason="")
    clerk.get(f"/c/{sample.code}/trail/trail.csv")
    auditor = signed_in("auditor")
    auditor.post(f"/c/{sample.code}/inbox/{sample.waiting}/answered")
    with gateway.db.read() as conn:
        lines = [(act.act, act.subject, act.status, act.by) for act in views.acts(conn, None, most=20)][::-1]
        assert views.broken_at(conn) is None
    assert lines == [
        ("access_enter", "", 100, "林文书"),
        ("screening_screen", sample.raised, 100, "林文书"),
        ("screening_screen", sample.raised, 422, "林文书"),
        ("screening_screen", sample.raised, 100, "林文书"),
        ("trail_export", "", 100, "林文书"),
        ("access_enter", "", 100, "auditor"),
        ("inbox_answered", str(sample.waiting), 403, "auditor"),
    ]
    page = check_page(auditor.get(f"/c/{sample.code}/trail").text, "en")
    assert "The trail is whole" in page.text
    table = auditor.get(f"/c/{sample.code}/trail/trail.csv")
    assert table.mimetype == "text/csv"
    assert "Screened a topic" in table.text
