"""Admission: pages give way, hooks never do, and every place is given back."""

from __future__ import annotations

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st

from gateway.web.admission import Admission, admit
from gateway.web.pages.blueprint import blueprint as pages


@given(st.integers(1, 8), st.lists(st.booleans(), max_size=40))
def test_hooks_are_never_sent_away_and_pages_leave_a_thread_to_them(threads: int, arrivals: list[bool]) -> None:
    admission = Admission(threads)
    pages = 0
    for may_wait in arrivals:
        let_in = admission.enter(may_wait=may_wait)
        assert let_in or may_wait
        pages += let_in and may_wait
    assert pages <= max(1, threads // 2)
    if threads > 1:
        assert pages < threads


def test_places_are_given_back() -> None:
    admission = Admission(4)
    for _ in range(100):
        assert admission.enter(may_wait=True)
        admission.leave(may_wait=True)
    for _ in range(3):
        assert admission.enter(may_wait=False)
    assert not admission.enter(may_wait=True)
    admission.leave(may_wait=False)
    assert admission.enter(may_wait=True)


@pytest.mark.parametrize("fails", [False, True])
def test_page_that_is_sent_away_may_come_again(fails: bool) -> None:
    app = Flask("peak")
    admission = Admission(2)
    admit(app, admission)

    @app.get("/page")
    def page() -> str:
        if fails:
            raise ValueError
        return "page"

    client = app.test_client()
    for _ in range(5):
        assert client.get("/page").status_code == (500 if fails else 200)
    assert admission.enter(may_wait=False)
    away = client.get("/page")
    assert (away.status_code, away.headers["Retry-After"]) == (503, "5")
    admission.leave(may_wait=False)
    assert client.get("/page").status_code == (500 if fails else 200)


def test_page_that_was_let_in_gets_its_style_sheet() -> None:
    app = Flask("peak")
    admission = Admission(2)
    admit(app, admission)
    app.register_blueprint(pages)
    for _ in range(2):
        assert admission.enter(may_wait=False)
    for _ in range(5):
        with app.test_client().get("/style.css") as sheet:
            assert sheet.status_code == 200
    assert not admission.enter(may_wait=True)
