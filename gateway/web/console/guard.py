"""The door of the console: who is signed in, whether a form is ours, whose community an address names.

Every address is behind it but those of OPEN_ADDRESSES. The session is a signed cookie with the account's number,
an end and a token for forms; the account is read anew for each request, so that a disabled one is out at once.
"""

from __future__ import annotations

import hmac
from datetime import timedelta

from flask import Flask, Response, abort, flash, g, redirect, request, session, url_for
from werkzeug.wrappers import Response as Redirect

from gateway.kernel.errors import NotFound
from gateway.roll import views as roll
from gateway.roll.model import Community
from gateway.staff import views as accounts
from gateway.staff.model import Staff
from gateway.web.console.duties import Duty, may
from gateway.web.pages.speaking import Speaker
from gateway.web.pages.surroundings import this_gateway

SIGNED_IN_FOR = timedelta(hours=8)
OPEN_ADDRESSES = frozenset(
    {"access.sign_in", "access.enter", "access.change_language", "access.healthz", "pages.style", "pages.icon"}
)
TOKEN_BYTES = 24
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
}


def guard(app: Flask) -> None:
    """Put the door in front of every address of `app`."""
    app.url_value_preprocessor(_take_code)
    app.before_request(_check_form)
    app.before_request(_check_person)
    app.before_request(_check_community)
    app.after_request(_protect)


def begin_session(staff: Staff) -> None:
    """Sign `staff` in with a fresh session: nothing that was in the cookie before survives but the language."""
    language = session.get("language")
    session.clear()
    session.permanent = True
    session["staff"] = staff.id
    session["until"] = int((this_gateway().ports.clock.now() + SIGNED_IN_FOR).timestamp())
    if language:
        session["language"] = language


def end_session() -> None:
    """Forget who is signed in; the language stays."""
    for name in ("staff", "until", "token"):
        session.pop(name, None)


def form_token() -> str:
    """The token that every form of this session carries."""
    if "token" not in session:
        session["token"] = this_gateway().ports.randomness.token(TOKEN_BYTES).hex()
    token: str = session["token"]
    return token


def signed_in() -> Staff:
    """The account of the present request; only behind the door."""
    staff: Staff = g.staff
    return staff


def here() -> Community:
    """The community that the present address names; only on addresses that name one."""
    community: Community = g.community
    return community


def require(duty: Duty) -> None:
    """Refuse with 403 whoever does not have `duty`."""
    if not may(signed_in().role, duty):
        abort(403)


def speaker() -> Speaker:
    """Speaks the language that the member of staff chose, else the installation's."""
    gateway = this_gateway()
    return Speaker(gateway.wording, gateway.wording.language_for(session.get("language", gateway.settings.language)))


def _take_code(_endpoint: str | None, values: dict[str, str] | None) -> None:
    g.code = values.pop("code", None) if values else None


def _check_form() -> None:
    if request.method in ("GET", "HEAD", "OPTIONS"):
        return
    ours = session.get("token", "")
    if not ours or not hmac.compare_digest(request.form.get("token", "").encode(), ours.encode()):
        abort(400)


def _check_person() -> Redirect | None:
    g.staff = _staff()
    if g.staff or request.endpoint in OPEN_ADDRESSES:
        return None
    if "staff" in session:
        end_session()
        flash(speaker().say("console.sign_in.again"))
    return redirect(url_for("access.sign_in"), 303)


def _staff() -> Staff | None:
    if "staff" not in session or session.get("until", 0) <= this_gateway().ports.clock.now().timestamp():
        return None
    try:
        with this_gateway().db.read() as conn:
            staff = accounts.staff(conn, session["staff"])
    except NotFound:
        return None
    return None if staff.disabled else staff


def _check_community() -> None:
    g.community = None
    if g.code is None or g.staff is None:
        return
    with this_gateway().db.read() as conn:
        found = roll.community_by_code(conn, g.code)
    # Somebody else's community is as unknown as one that does not exist.
    if g.staff.community_id not in (None, found.id):
        raise NotFound("community_unknown")
    g.community = found


def _protect(response: Response) -> Response:
    response.headers.update(HEADERS)
    if request.blueprint != "pages":
        response.headers["Cache-Control"] = "no-store"
    return response
