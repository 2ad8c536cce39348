"""A receipt looked up on the page of its poll: by a form that is posted, so that it stands in no address and no log.

The answer says whether the ballot is in the count and never what it said; nobody keeps it.
"""

from __future__ import annotations

import unicodedata

from flask import Blueprint, Response, g, redirect, render_template, request, url_for
from sqlalchemy.engine import Connection
from werkzeug.wrappers import Response as Redirect

from gateway.kernel.errors import NotFound
from gateway.kernel.ids import has_valid_check_digit
from gateway.polls import views as polls
from gateway.polls.model import Poll, PollState
from gateway.web.pages.surroundings import this_gateway
from gateway.web.public import reading

# Longer than any receipt with whatever people write between its digits.
LONGEST = 60

blueprint = Blueprint("receipts", __name__)


@blueprint.post("/c/<code>/polls/<int:number>/receipt")
def check(code: str, number: int) -> str:
    """Whether the ballot with a receipt is in the count of a poll."""
    digits = read_digits(request.form.get("receipt", ""))
    with this_gateway().db.read() as conn:
        here, poll = reading.public_poll(conn, code, number)
        answer = _answer(conn, poll, digits)
    g.community_language = here.languages[0]
    return render_template("public/receipt.html", community=here, poll=poll, receipt=digits, answer=answer)


@blueprint.get("/c/<code>/polls/<int:number>/receipt")
def asked_again(code: str, number: int) -> Redirect:
    """Whoever comes back to the address finds the form."""
    return redirect(url_for("public.poll", code=code, number=number, language=request.args.get("language")), 303)


@blueprint.after_request
def keep_nothing(response: Response) -> Response:
    """The answer is for whoever asked."""
    response.headers["Content-Security-Policy"] = (
        "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; form-action 'self'; "
        "frame-ancestors 'none'"
    )
    return response


@blueprint.errorhandler(NotFound)
def nothing_there(_error: NotFound) -> Response:
    """No such poll, or none that is public."""
    return Response("404 Not Found\n", 404, mimetype="text/plain")


def read_digits(text: str) -> str:
    """The digits of what somebody typed: full-width ones too, without spaces and dashes."""
    narrow = unicodedata.normalize("NFKC", text[:LONGEST])
    return "".join(one for one in narrow if one.isascii() and one.isdigit())


def _answer(conn: Connection, poll: Poll, digits: str) -> str:
    """slip, not_yet, void, counted or unknown."""
    if not has_valid_check_digit(digits):
        return "slip"
    if poll.state is PollState.CLOSED:
        return "counted" if polls.receipt_counted(conn, poll.number, digits) else "unknown"
    return "void" if poll.state is PollState.VOID else "not_yet"
