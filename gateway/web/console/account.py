"""One's own account: the password, the code from an app, the browsers in which one is signed in."""

from __future__ import annotations

import segno
from flask import Blueprint, flash, redirect, render_template, request, url_for
from markupsafe import Markup
from werkzeug.wrappers import Response as Redirect

from gateway.kernel.errors import RuleError
from gateway.staff import actions, signing_in, views
from gateway.staff.totp import address_of, secret_text
from gateway.web.console.duties import needs
from gateway.web.console.guard import signed_in, speaker, this_session
from gateway.web.pages.surroundings import this_gateway

DOT = 5

blueprint = Blueprint("account", __name__, url_prefix="/account")


@blueprint.get("")
@needs(None)
def account() -> str:
    """What can be changed about it, and where it is signed in."""
    with this_gateway().db.read() as conn:
        sessions = views.sessions_of(conn, signed_in().id)
    return render_template("console/account.html", sessions=sessions, this_session=this_session())


@blueprint.post("/password")
@needs(None)
def change_password() -> Redirect:
    """Set a new password; all other browsers are signed out."""
    staff = signed_in()
    _check_password()
    with this_gateway().db.work() as tx:
        actions.change_password(tx, staff, request.form.get("new", ""))
        signing_in.end_all(tx, staff.id, but=this_session().id)
        tx.commit()
    return _done("password_changed")


@blueprint.post("/code")
@needs(None)
def start_code() -> str:
    """Make a secret for the app and show it, once, as text and as a picture."""
    _check_password()
    staff, voice = signed_in(), speaker()
    secret = signing_in.start_code(staff.id, ports=this_gateway().ports)
    address = address_of(secret, name=staff.name, issuer=voice.say("console.name"))
    picture = segno.make(address, error="m", micro=False).svg_inline(scale=DOT, border=4, dark="#000", light="#fff")
    # The library draws the picture from the address; nothing of the name gets into the markup but as dots.
    return render_template("console/code.html", text=secret_text(secret), picture=Markup(picture))  # noqa: S704


@blueprint.post("/code/confirmation")
@needs(None)
def confirm_code() -> Redirect:
    """The first code from the app: from now on it is asked for at every sign-in."""
    signing_in.confirm_code(signed_in().id, request.form.get("code", ""), ports=this_gateway().ports)
    return _done("code_confirmed")


@blueprint.post("/code/removal")
@needs(None)
def drop_code() -> Redirect:
    """Sign in without codes again."""
    _check_password()
    with this_gateway().db.work() as tx:
        signing_in.drop_code(tx, signed_in().id)
        tx.commit()
    return _done("code_dropped")


@blueprint.post("/sessions/end")
@needs(None)
def end_others() -> Redirect:
    """Sign out everywhere else."""
    with this_gateway().db.work() as tx:
        signing_in.end_all(tx, signed_in().id, but=this_session().id)
        tx.commit()
    return _done("others_ended")


def _check_password() -> None:
    password = request.form.get("password", "")
    if not signing_in.is_own_password(signed_in(), password, ports=this_gateway().ports):
        raise RuleError("password_wrong")


def _done(what: str) -> Redirect:
    flash(speaker().say(f"console.account.{what}"))
    return redirect(url_for("account.account"), 303)
