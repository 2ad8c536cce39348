"""Questions to notices: what would it do, how does it stand, what does the loudspeaker say, whom did it not reach."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy.engine import Connection

from gateway.kernel.errors import NotFound
from gateway.messaging import views as broadcasts
from gateway.messaging.model import Rates, Unreached
from gateway.notices import store
from gateway.notices.audience import resolve
from gateway.notices.model import Notice, NoticeDraft, Outlook, check_words
from gateway.notices.wordings import SCRIPT, SHEET, as_broadcast, in_form
from gateway.record import views as record
from gateway.record.model import grouped
from gateway.roll import audience as roll_audience
from gateway.roll import views as roll
from gateway.roll.model import Channel, Community
from gateway.wording.catalogue import Wording


def meant(conn: Connection, draft: NoticeDraft) -> list[tuple[Community, list[int]]]:
    """The communities of a notice, each with the people meant there."""
    own = roll.community(conn, draft.community_id)
    chosen = roll_audience.with_children(conn, own) if draft.children else [own]
    found: list[tuple[Community, list[int]]] = []
    refused: NotFound | None = None
    for community in chosen:
        try:
            found.append((community, resolve(conn, community, draft.audience)))
        except NotFound as error:
            # A topic or a poll lies in one of the communities; only when it is in none of them is that a mistake.
            refused = error
    if not found and refused is not None:
        raise refused
    return found


def outlook(conn: Connection, draft: NoticeDraft, *, at: datetime, usual: Rates, wording: Wording) -> Outlook:
    """What a notice would do if it went now, or at its hour; errors as in `actions.write_notice`."""
    words = check_words(draft.words)
    begins = max(at, draft.send_at) if draft.send_at else at
    previews = {}
    for community, people in meant(conn, draft):
        planned = as_broadcast(conn, community, words, people, calls=draft.calls, wording=wording)
        previews[community.code] = broadcasts.preview(conn, planned, at=begins, usual=usual)
    total = sum(one.people for one in previews.values())
    return Outlook(
        previews=previews,
        people=total,
        price=sum(one.price for one in previews.values()),
        needs_second=total >= broadcasts.terms_of(conn, draft.community_id).two_people_from,
    )


def notice(conn: Connection, number: int) -> Notice | None:
    """The notice behind a broadcast; None when it is a broadcast of another kind."""
    return store.find_notice(conn, number)


def series_of(conn: Connection, number: int) -> list[int]:
    """The numbers of all broadcasts written together with this one. NotFound("broadcast_unknown")."""
    broadcasts.broadcast(conn, number)
    found = store.find_notice(conn, number)
    return [one.broadcast_id for one in store.find_series(conn, found.series)] if found else [number]


def script(conn: Connection, number: int, *, wording: Wording) -> dict[str, str]:
    """What the village loudspeaker says of a broadcast, per language. NotFound("broadcast_unknown")."""
    return _in_form(conn, number, SCRIPT, wording=wording)


def sheet(conn: Connection, number: int, *, wording: Wording) -> dict[str, str]:
    """The sheet for the noticeboard, per language, with the record's digits to compare. NotFound as above."""
    sheets = _in_form(conn, number, SHEET, wording=wording)
    signed = record.newest_checkpoint(conn)
    if signed is None:
        return sheets
    place = roll.community(conn, broadcasts.broadcast(conn, number).community_id)
    day = signed.at.astimezone(ZoneInfo(place.timezone))
    on: dict[str, str | int] = {"year": day.year, "month": day.month, "day": day.day, "digits": grouped(signed.digits)}
    return {language: wording.say("aloud.recorded", language, sheet=said, **on) for language, said in sheets.items()}


def _in_form(conn: Connection, number: int, form: str, *, wording: Wording) -> dict[str, str]:
    broadcast = broadcasts.broadcast(conn, number)
    village = roll.community(conn, broadcast.community_id).name
    found = store.find_notice(conn, number)
    # Results and updates have no words of their own here: what is said in their calls is said aloud.
    words = found.words if found else broadcasts.words(conn, number, Channel.CALL)
    return in_form(form, words or broadcasts.words(conn, number, Channel.TEXT), village, wording=wording)


def unreached(conn: Connection, number: int) -> list[Unreached]:
    """Whom a broadcast and its series did not reach and why: the clerk's list to go from door to door with."""
    return [one for each in series_of(conn, number) for one in broadcasts.progress(conn, each).unreached_people]
