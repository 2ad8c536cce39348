"""Whether a poll can be put to everybody in a language of theirs: opening asks, and so may whoever means to open one.

Its own wording serves the community's first language; every other language on the roll needs a translation of question
and options, and a catalogue of ours whose sentences are all there. Cantonese is written as Chinese is.
"""

from __future__ import annotations

from sqlalchemy.engine import Connection

from gateway.kernel.errors import RuleError
from gateway.polls.model import Poll
from gateway.roll import views as roll
from gateway.wording.catalogue import SPOKEN, Wording
from gateway.wording.completeness import blocking


def check_languages(conn: Connection, poll: Poll, *, wording: Wording) -> None:
    """Refuse a poll whose electors would hear or read another language than theirs.

    RuleError: poll_language_missing, poll_prompts_missing.
    """
    own = roll.community(conn, poll.community_id).languages[0]
    spoken = sorted(roll.languages_spoken(conn, poll.community_id))
    # What a language may be put in: its own words, or those of the one it is written in.
    there = {own, SPOKEN.get(own, own), *poll.wording}
    lacking = [language for language in spoken if not {language, SPOKEN.get(language, language)} & there]
    if lacking:
        raise RuleError("poll_language_missing", poll=poll.number, languages=", ".join(lacking))
    silent = dict.fromkeys(gap.language for gap in blocking(wording, spoken))
    if silent:
        raise RuleError("poll_prompts_missing", poll=poll.number, languages=", ".join(silent))
