"""One source of words, four forms: a text, a call, a sheet for the noticeboard, a script for the loudspeaker."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy.engine import Connection

from gateway.messaging.beforehand import words_before_call
from gateway.messaging.model import BroadcastDraft
from gateway.notices.model import NOTICE
from gateway.roll.model import Community
from gateway.wording.catalogue import Wording

TEXT, CALL, SHEET, SCRIPT = "broadcast.notice", "broadcast.notice_call", "aloud.sheet", "aloud.loudspeaker"


def in_form(form: str, words: Mapping[str, str], village: str, *, wording: Wording) -> dict[str, str]:
    """`words`, per language, in one of the four forms."""
    return {language: wording.say(form, language, village=village, words=said) for language, said in words.items()}


def as_broadcast(
    conn: Connection,
    community: Community,
    words: Mapping[str, str],
    audience: list[int],
    *,
    calls: bool,
    wording: Wording,
) -> BroadcastDraft:
    """A notice of a community as a broadcast within its budget."""
    return BroadcastDraft(
        community_id=community.id,
        kind=NOTICE,
        subject="",
        texts=in_form(TEXT, words, community.name, wording=wording),
        calls=in_form(CALL, words, community.name, wording=wording) if calls else {},
        audience=audience,
        capped=True,
        before_call=words_before_call(conn, community.id, wording=wording) if calls else {},
    )
