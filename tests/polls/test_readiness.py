"""A poll does not open while somebody on the roll would be asked in another language than theirs."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import select, update

from gateway.kernel.db import metadata
from gateway.kernel.errors import RuleError
from gateway.kernel.ports import Ports
from gateway.polls.model import PollWording
from gateway.polls.readiness import check_languages
from gateway.wording.catalogue import Wording
from tests.polls.village import a_draft, a_village, create_poll

CHINESE = {"": PollWording("先办哪一件?", ("修路", "打井"))}
BOTH = CHINESE | {"en": PollWording("Which first?", ("road", "well"))}


def _speak(ports: Ports, language: str) -> None:
    """Let one person of the village speak another language."""
    resident = metadata.tables["resident"]
    with ports.db.work() as tx:
        first = select(resident.c.id).order_by(resident.c.id).limit(1).scalar_subquery()
        tx.execute(update(resident).where(resident.c.id == first).values(language=language))
        tx.commit()


@pytest.mark.parametrize(
    ("language", "words", "code"),
    [
        ("zh", CHINESE, None),
        ("yue", CHINESE, None),
        ("en", BOTH, None),
        ("en", CHINESE, "poll_language_missing"),
        ("fr", BOTH, "poll_language_missing"),
        ("fr", BOTH | {"fr": PollWording("Lequel?", ("route", "puits"))}, "poll_prompts_missing"),
    ],
)
def test_poll_needs_its_words_in_every_language_of_the_roll(
    ports: Ports, wording: Wording, language: str, words: dict[str, PollWording], code: str | None
) -> None:
    village = a_village(ports)
    _speak(ports, language)
    number = create_poll(ports, a_draft(ports, village, options=("修路", "打井"), wording=words))
    with ports.db.read() as conn:
        if code is None:
            check_languages(conn, number, wording=wording)
            return
        with pytest.raises(RuleError) as refused:
            check_languages(conn, number, wording=wording)
    assert (refused.value.code, refused.value.params["languages"]) == (code, language)


def test_poll_does_not_open_while_a_sentence_of_the_voice_line_is_missing(ports: Ports, wording: Wording) -> None:
    village = a_village(ports)
    _speak(ports, "en")
    number = create_poll(ports, a_draft(ports, village, options=("修路", "打井"), wording=BOTH))
    torn = {key: said for key, said in wording.sentences["en"].items() if key != "call.keys"}
    torn_wording = replace(wording, sentences={**wording.sentences, "en": torn})
    with ports.db.read() as conn, pytest.raises(RuleError, match="poll_prompts_missing"):
        check_languages(conn, number, wording=torn_wording)
