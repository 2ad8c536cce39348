"""The door of the console: who is signed in, whether a form is ours, whose community an address names, who may do it.

Every address is behind it but those of OPEN_ADDRESSES, and every other one says what it needs (`duties.needs`), or it
is not opened. The cookie holds the key of a session that the database knows; the account is read anew for each request,
so that a disabled one, or a session ended elsewhere, is out at once. What is done goes on the trail before it is done.
"""

from __future__ import annotations

import hmac
from collections.abc import Mapping

from flask import Flask, Response, abort, current_app, flash, g, redirect, request, session, url_for
from werkzeug.wrappers import Response as Redirect

from gateway.followup.photos import LARGEST_BYTES as LARGEST_PHOTO
from gateway.kernel.errors import NotFound
from gateway.roll import views as roll
from gateway.roll.model import Community
from gateway.staff import signing_in
from gateway.staff import views as accounts
from gateway.staff.model import Role, Session, Staff
from gateway.staff.releasing import note_act
from gateway.web.console.duties import Duty, may
from gateway.web.pages.speaking import Speaker
from gateway.web.pages.surroundings import this_gateway

OPEN_ADDRESSES = frozenset(
    {"access.sign_in", "access.enter", "access.change_language", "access.healthz"}
    | {"pages.style", "pages.icon", "desk.htmx", "desk.script"}
)
TOKEN_BYTES = 24
# The status of a line that says what is about to be done; what comes to nothing gets a second line with its own.
BEGUN = 100
# What is larger than a form is taken at these addresses alone: 20,000 Chinese characters of minutes, a photo, a roll.
LARGER: Mapping[str, int] = {
    "meetings.write_minutes": 256 * 1024,
    "screening.post_update": LARGEST_PHOTO + 64 * 1024,
    "roll_file.preview": 5 * 1024 * 1024,
}
REFUSED = 400
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; img-src 'self'; media-src 'self'; "
    "script-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}


def guard(app: Flask) -> None:
    """Put the door in front of every address of `app`."""
    app.url_value_preprocessor(_take_code)
    for check in (_start, _check_form, _check_person, _check_community, _check_duty, _note_begun):
        app.before_request(check)
    app.after_request(_note_refused)
    app.after_request(_protect)


def begin_session(staff: Staff) -> None:
    """Sign `staff` in with a fresh session: nothing that was in the cookie before survives but the language."""
    language = session.get("language")
    session.clear()
    session.permanent = True
    session["key"] = signing_in.begin(staff.id, ports=this_gateway().ports)
    if language:
        session["language"] = language


def end_session() -> None:
    """Forget who is signed in, here and in the database; the language stays."""
    if "key" in session:
        signing_in.end(session["key"], ports=this_gateway().ports)
    for name in ("key", "token"):
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


def this_session() -> Session:
    """The session of the present request; only behind the door."""
    found: Session = g.session
    return found


def here() -> Community:
    """The community that the present address names; only on addresses that name one."""
    community: Community = g.community
    return community


def has(duty: Duty) -> bool:
    """Whether the account of the present request has `duty` in the community that its address names."""
    return g.role is not None and may(g.role, duty)


def require(duty: Duty) -> None:
    """Refuse with 403 whoever does not have `duty`, where an address needs more than it declares."""
    if not has(duty):
        abort(403)


def speaker() -> Speaker:
    """Speaks the language that the member of staff chose, else the installation's."""
    gateway = this_gateway()
    return Speaker(gateway.wording, gateway.wording.language_for(session.get("language", gateway.settings.language)))


def note(act: str, subject: str = "", *, status: int = BEGUN, by: Staff | None = None) -> None:
    """Write a line of the trail in a transaction of its own."""
    gateway, staff = this_gateway(), by or g.staff
    role: Role = g.get("role") or staff.role
    community = g.get("community")
    with gateway.db.work() as tx:
        note_act(
            tx,
            act,
            subject,
            by=staff.name,
            role=role,
            status=status,
            at=gateway.ports.clock.now(),
            community_id=community.id if community else None,
        )
        tx.commit()


def _take_code(_endpoint: str | None, values: dict[str, str] | None) -> None:
    g.code = values.pop("code", None) if values else None


def _start() -> None:
    if largest := LARGER.get(request.endpoint or ""):
        request.max_content_length = largest
    g.staff = g.session = g.community = g.role = None


def _check_form() -> None:
    if request.method in ("GET", "HEAD", "OPTIONS"):
        return
    ours = session.get("token", "")
    if not ours or not hmac.compare_digest(request.form.get("token", "").encode(), ours.encode()):
        abort(400)


def _check_person() -> Redirect | Response | None:
    # A page that fetches its live part by itself is no sign that somebody sits before it.
    alive = not request.headers.get("HX-Request")
    ports = this_gateway().ports
    found = signing_in.find(session["key"], ports=ports, alive=alive) if "key" in session else None
    if found:
        g.staff, g.session = found
    if found or request.endpoint in OPEN_ADDRESSES:
        return None
    if "key" in session:
        end_session()
        flash(speaker().say("console.sign_in.again"))
    address = url_for("access.sign_in")
    if request.headers.get("HX-Request"):
        # A live part of a page must not become a sign-in form: the whole page goes there.
        return Response("", 200, {"HX-Redirect": address})
    return redirect(address, 303)


def _check_community() -> None:
    if g.code is None or g.staff is None:
        return
    with this_gateway().db.read() as conn:
        found = roll.community_by_code(conn, g.code)
        g.role = accounts.role_in(conn, g.staff, found.id, found.parent_id)
    # Somebody else's community is as unknown as one that does not exist.
    if g.role is None:
        raise NotFound("community_unknown")
    g.community = found


def _check_duty() -> None:
    if request.endpoint is None or request.endpoint in OPEN_ADDRESSES:
        return
    view = current_app.view_functions[request.endpoint]
    duty = getattr(view, "needs", ...)
    if duty is ... or (duty is not None and (g.role is None or not may(g.role, duty))):
        abort(403)


def _note_begun() -> None:
    if _is_noted():
        note(_act(), _subject())
        g.begun = True


def _note_refused(response: Response) -> Response:
    if response.status_code >= REFUSED and g.get("staff") and request.endpoint and (request.method == "POST"):
        note(_act(), _subject(), status=response.status_code)
    return response


def _is_noted() -> bool:
    if request.endpoint is None or request.endpoint in OPEN_ADDRESSES or not g.staff:
        return False
    return request.method == "POST" or getattr(current_app.view_functions[request.endpoint], "noted", False)


def _act() -> str:
    return (request.endpoint or "").replace(".", "_")


def _subject() -> str:
    return " ".join(str(value) for value in (request.view_args or {}).values())


def _protect(response: Response) -> Response:
    response.headers.update(HEADERS)
    if request.blueprint not in ("pages", "desk"):
        response.headers["Cache-Control"] = "no-store"
    return response
