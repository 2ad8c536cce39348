"""Signing in and out, the choice of language, and the sign of life for whoever watches the process."""

from __future__ import annotations

from flask import Blueprint, Response, current_app, redirect, render_template, request, session, url_for
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response as Redirect

from gateway.staff.actions import check_password
from gateway.web.console.guard import begin_session, end_session, signed_in
from gateway.web.pages.surroundings import this_gateway

blueprint = Blueprint("access", __name__)


@blueprint.get("/healthz")
def healthz() -> Response:
    """The process is alive."""
    return Response("ok\n", mimetype="text/plain")


@blueprint.get("/sign-in")
def sign_in() -> str:
    """The form for name and password."""
    return render_template("console/sign_in.html", name="", refused=False)


@blueprint.post("/sign-in")
def enter() -> Redirect | tuple[str, int]:
    """Check name and password; tries are counted and limited where passwords are checked."""
    gateway = this_gateway()
    name = request.form.get("name", "")
    staff = check_password(gateway.db, name, request.form.get("password", ""), clock=gateway.ports.clock)
    if staff is None:
        return render_template("console/sign_in.html", name=name, refused=True), 401
    begin_session(staff)
    return redirect(url_for("today.choose"), 303)


@blueprint.post("/sign-out")
def sign_out() -> Redirect:
    """Forget who was signed in."""
    signed_in()
    end_session()
    return redirect(url_for("access.sign_in"), 303)


@blueprint.post("/language")
def change_language() -> Redirect:
    """Keep the chosen language in the session and go back to the page it was chosen on."""
    language = request.form.get("language", "")
    if language in this_gateway().wording.languages:
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
