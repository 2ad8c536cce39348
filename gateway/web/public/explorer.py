"""The public record for readers: its head, its entries newest first, all about one matter, one entry by number."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from flask import request
from sqlalchemy.engine import Connection

from gateway.kernel.errors import NotFound
from gateway.record import views as record
from gateway.record.model import Entry, Head, canonical_json, digits_of, grouped
from gateway.roll import views as roll
from gateway.systems.subjects import community_of
from gateway.web.pages.paging import Place, place_of
from gateway.web.pages.surroundings import this_gateway
from gateway.web.public.frame import blueprint, page

ENTRIES_PER_PAGE = 40
_SUBJECT = re.compile(r"[a-z]+(?::[a-z0-9-]{1,40})?")
_WITH_A_PAGE = re.compile(r"(topic|poll|panel|meeting):([0-9]{1,12})")


@dataclass(frozen=True)
class RecordPage:
    """A part of the record: its head, where we are in it, the entries, and what they are about ("" for all)."""

    head: Head
    place: Place
    entries: Sequence[Entry]
    about: str
    about_page: tuple[str, dict[str, str | int]] | None


@blueprint.get("/record/log")
def record_page() -> str:
    """The record, newest first; with `about=topic:13` everything about one matter."""
    with this_gateway().db.read() as conn:
        found = read_record(conn, request.args.get("page", ""), request.args.get("about", ""))
    return page("record", digits=grouped(digits_of(found.head.root)), **vars(found))


@blueprint.get("/record/log/<int:seq>")
def record_entry(seq: int) -> str:
    """One entry: what it says, the bytes that are hashed, the hash."""
    with this_gateway().db.read() as conn:
        found = record.entries(conn, seq, 1)
        if not found or found[0].seq != seq:
            raise NotFound("record_entry_unknown", number=seq)
        head, about_page = record.head(conn), page_about(conn, found[0].subject)
    return page("entry", entry=found[0], head=head, about_page=about_page, data=canonical_json(dict(found[0].data)))


def read_record(conn: Connection, wanted: str, about: str) -> RecordPage:
    """A part of the record; NotFound("record_entry_unknown") for what nothing can be about."""
    head = record.head(conn)
    if not about:
        place = place_of(head.size, wanted, ENTRIES_PER_PAGE)
        end = head.size - place.before
        start = max(0, end - ENTRIES_PER_PAGE)
        return RecordPage(head, place, record.entries(conn, start, end - start)[::-1], "", None)
    if not _SUBJECT.fullmatch(about):
        raise NotFound("record_entry_unknown", number=about)
    found = record.entries_about(conn, about)[::-1]
    if not found:
        raise NotFound("record_entry_unknown", number=about)
    place = place_of(len(found), wanted, ENTRIES_PER_PAGE)
    part = found[place.before : place.before + ENTRIES_PER_PAGE]
    return RecordPage(head, place, part, about, page_about(conn, about))


def page_about(conn: Connection, subject: str) -> tuple[str, dict[str, str | int]] | None:
    """The page of what an entry is about, as endpoint and values; None where there is none (any more)."""
    read = _WITH_A_PAGE.fullmatch(subject)
    community_id = community_of(conn, subject) if read else None
    if read is None or community_id is None:
        return None
    return f"public.{read[1]}", {"code": roll.community(conn, community_id).code, "number": read[2]}
