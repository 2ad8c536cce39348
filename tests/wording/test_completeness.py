"""What a language in use lacks: told in full, and kept apart from what would let somebody hear another language."""

from __future__ import annotations

from pathlib import Path

from gateway.kernel.ports import Ports
from gateway.roll import actions as roll
from gateway.roll import views as roll_views
from gateway.roll.importing import parse_roll
from gateway.roll.model import NewCommunity
from gateway.wording.catalogue import Wording
from gateway.wording.completeness import Gap, Lack, blocking, gaps
from gateway.wording.recordings import import_prompts
from tests.kernel.sounds import tone, wav

GOODBYE = "call.goodbye"


def test_languages_of_the_product_lack_nothing(wording: Wording) -> None:
    assert gaps(wording, wording.languages) == []
    assert blocking(wording, ["zh", "yue", "en"]) == []


def test_language_without_a_catalogue_keeps_a_poll_back(wording: Wording) -> None:
    assert blocking(wording, ["zh", "mn"]) == [Gap("mn", Lack.CATALOGUE)]


def test_missing_sentence_keeps_a_poll_back_only_when_it_is_heard(wording: Wording) -> None:
    english = {key: said for key, said in wording.sentences["en"].items() if key not in (GOODBYE, "console.sign_in")}
    short = Wording({**wording.sentences, "en": english})
    assert blocking(short, ["zh", "en"]) == [Gap("en", Lack.SENTENCE, (GOODBYE,))]


def test_borrowed_sentence_is_told_and_keeps_nothing_back(wording: Wording) -> None:
    lent = Wording(wording.sentences, {"yue": frozenset({GOODBYE, "text.help"})})
    assert gaps(lent, ["yue"]) == [Gap("yue", Lack.BORROWED, (GOODBYE,))]
    assert blocking(lent, ["yue"]) == []


def test_recordings_are_missed_where_somebody_has_begun_to_record(wording: Wording, tmp_path: Path) -> None:
    prompts = tmp_path / "prompts"
    assert gaps(wording, ["zh"], prompts=prompts, community="shitan") == []
    (tmp_path / f"{GOODBYE}.wav").write_bytes(wav(tone(2)))
    import_prompts(tmp_path, prompts, wording.sentences["zh"], "zh", "shitan")
    (gap,) = gaps(wording, ["zh"], prompts=prompts, community="shitan")
    assert (gap.language, gap.lack, gap.blocks) == ("zh", Lack.RECORDING, False)
    assert GOODBYE not in gap.names
    assert "call.welcome~1" in gap.names
    assert gaps(wording, ["zh"], prompts=prompts, community="elsewhere") == []


def _people(ports: Ports, languages: str) -> None:
    rows = "".join(f"P{n},{language}\n" for n, language in enumerate(languages.split()))
    with ports.db.work() as tx:
        community = roll.add_community(tx, NewCommunity("shitan", "石滩村", languages=("zh", "yue")))
        parsed = parse_roll(f"name,language\n{rows}".encode(), region="CN")
        roll.import_roll(tx, community.id, parsed, randomness=ports.randomness, secret=ports.secret)
        tx.commit()


def test_languages_in_use_are_those_listed_and_those_spoken(ports: Ports) -> None:
    _people(ports, "zh en mn")
    with ports.db.read() as conn:
        community = roll_views.community_by_code(conn, "shitan")
        assert roll_views.languages_in_use(conn, community.id) == ["zh", "yue", "en", "mn"]
