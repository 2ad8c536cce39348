"""A poll does not open while somebody on the roll would be asked in another language than theirs."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import select, update

from gateway.kernel.db import metadata
from gateway.kernel.errors import RuleError
from gateway.kernel.ports import Ports
from gateway.polls import actions, views
from gateway.polls.model import PollState, PollWording
from gateway.wording.catalogue import Wording
from tests.polls.village import a_draft, a_village, create_poll, rows_of

CHINESE = {"": PollWording("先办哪一件?", ("修路", "打井"))}
BOTH = CHINESE | {"en": PollWording("Which first?", ("road", "well"))}


def _speak(ports: Ports, language: str) -> None:
    """Let one person of the village speak another language."""
    resident = metadata.tables["resident"]
    with ports.db.work() as tx:
        first = select(resident.c.id).order_by(resident.c.id).limit(1).scalar_subquery()
        tx.execute(update(resident).where(resident.c.id == first).values(language=language))
        tx.commit()


def _open(ports: Ports, number: int, wording: Wording) -> None:
    with ports.db.work() as tx:
        actions.open_poll(tx, number, ports=ports, wording=wording)
        tx.commit()


def _still_a_draft(ports: Ports, number: int) -> bool:
    """Nothing was begun: no key made, no envelope laid out."""
    with ports.db.read() as conn:
        state = views.poll(conn, number).state
    untouched = not ports.vault.names(f"poll-{number}") and not rows_of(ports, "participation", number)
    return state is PollState.DRAFT and untouched


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
    if code is None:
        _open(ports, number, wording)
        return
    with pytest.raises(RuleError) as refused:
        _open(ports, number, wording)
    assert _still_a_draft(ports, number)
    assert (refused.value.code, refused.value.params["languages"]) == (code, language)


def test_poll_does_not_open_while_a_sentence_of_the_voice_line_is_missing(ports: Ports, wording: Wording) -> None:
    village = a_village(ports)
    _speak(ports, "en")
    number = create_poll(ports, a_draft(ports, village, options=("修路", "打井"), wording=BOTH))
    torn = {key: said for key, said in wording.sentences["en"].items() if key != "call.keys"}
    torn_wording = replace(wording, sentences={**wording.sentences, "en": torn})
    with pytest.raises(RuleError, match="poll_prompts_missing"):
        _open(ports, number, torn_wording)
    assert _still_a_draft(ports, number)
