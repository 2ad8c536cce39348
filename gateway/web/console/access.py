"""Signing in and out, the choice of language, and the sign of life for whoever watches the process."""

from __future__ import annotations

from datetime import timedelta

from flask import Blueprint, Response, current_app, redirect, render_template, request, session, url_for
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response as Redirect

from gateway.staff import signing_in
from gateway.staff.model import Staff
from gateway.staff.signing_in import Entry
from gateway.web.console.duties import needs
from gateway.web.console.guard import begin_session, end_session, note
from gateway.web.pages.surroundings import this_gateway

# The cookie by which a browser is known that has signed in before, so that guessing elsewhere locks nobody out.
MARKS = "xiangyin_known"
MARKS_KEPT = timedelta(days=180)
MOST_MARKS = 4

blueprint = Blueprint("access", __name__)


@blueprint.get("/healthz")
def healthz() -> Response:
    """The process is alive."""
    return Response("ok\n", mimetype="text/plain")


@blueprint.get("/sign-in")
def sign_in() -> str:
    """The form for name, password and code."""
    return render_template("console/sign_in.html", name="", refused=False)


@blueprint.post("/sign-in")
def enter() -> Redirect | tuple[str, int]:
    """Check name, password and code; tries are counted and limited where they are checked."""
    gateway = this_gateway()
    name = request.form.get("name", "")
    marks = tuple(request.cookies.get(MARKS, "").split("~")[:MOST_MARKS])
    entry = Entry(
        name=name,
        password=request.form.get("password", ""),
        code=request.form.get("code", ""),
        address=request.remote_addr or "",
        marks=marks,
    )
    staff = signing_in.sign_in(entry, ports=gateway.ports)
    if staff is None:
        return render_template("console/sign_in.html", name=name, refused=True), 401
    begin_session(staff)
    note("access_enter", by=staff)
    answer = redirect(url_for("today.choose"), 303)
    _remember(answer, staff, marks)
    return answer


@blueprint.post("/sign-out")
@needs(None)
def sign_out() -> Redirect:
    """End the session, wherever a copy of its cookie may be."""
    end_session()
    return redirect(url_for("access.sign_in"), 303)


@blueprint.post("/language")
def change_language() -> Redirect:
    """Keep the chosen language in the session and go back to the page it was chosen on."""
    language = request.form.get("language", "")
    if language in this_gateway().wording.written:
        session["language"] = language
    back = request.form.get("back", "")
    return redirect(back if is_our_page(back) else url_for("today.choose"), 303)


def is_our_page(path: str) -> bool:
    """Whether `path` is the path of one of the console's own pages: nobody is sent elsewhere by a forged form."""
    if not path.startswith("/"):
        return False
    try:
        current_app.create_url_adapter(request).match(path, "GET")  # type: ignore[union-attr]  # there is a request
    except HTTPException:
        return False
    return True


def _remember(answer: Redirect, staff: Staff, marks: tuple[str, ...]) -> None:
    mine = [signing_in.mark_for(staff.id, ports=this_gateway().ports), *filter(None, marks)]
    answer.set_cookie(
        MARKS,
        "~".join(mine[:MOST_MARKS]),
        max_age=MARKS_KEPT,
        path=url_for("access.sign_in"),
        secure=bool(current_app.config["SESSION_COOKIE_SECURE"]),
        httponly=True,
        samesite="Strict",
    )
