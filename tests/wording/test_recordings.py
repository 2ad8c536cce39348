"""Recorded prompts: imported, checked, recognised in what is said, given up when the words change."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from gateway.kernel.secret import Secret
from gateway.kernel.sound import read_sound
from gateway.wording.catalogue import Wording, placeholders
from gateway.wording.pieces import is_spoken, pattern, pieces, recordable
from gateway.wording.recordings import Recordings, count, folder_for, import_prompts, stray_files, takes
from tests.kernel.sounds import hush, tone, wav

SECRET = Secret(b"test-secret-test-secret-test-secret")
GOODBYE, ITEM = "call.goodbye", "call.poll.item"


@pytest.fixture
def source(tmp_path: Path) -> Path:
    folder = tmp_path / "recorded"
    folder.mkdir()
    return folder


def take_in(source: Path, tmp_path: Path, wording: Wording, *names: str, community: str = "") -> Recordings:
    for name in names:
        (source / f"{name}.wav").write_bytes(wav(hush(1) + tone(2) + hush(1)))
    taken, troubles = import_prompts(source, tmp_path / "prompts", wording.sentences["zh"], "zh", community)
    assert troubles == []
    assert set(names) <= set(taken)
    return Recordings(tmp_path / "prompts", wording, SECRET)


def names_of(key: str, wording: Wording) -> list[str]:
    return [one.name for one in pieces(key, wording.sentences["zh"][key])]


@pytest.mark.parametrize("language", ["zh", "en", "yue"])
def test_every_spoken_sentence_is_recognised_in_what_is_said(wording: Wording, language: str) -> None:
    """Filled with anything, each is found again, and what was filled in comes back whole."""
    for key, sentence in wording.sentences[language].items():
        found = pattern(key, sentence) if is_spoken(key) else None
        if found is None:
            continue
        said = sentence.format_map(dict.fromkeys(_slots(sentence), "Q7")).strip()
        matched = found.expression.fullmatch(said)
        assert matched, (key, said)
        filled = [part for name, part in zip(found.names, matched.groups(), strict=True) if name is None]
        assert {one.replace(" ", "") for one in filled} <= {"Q7", "Q7Q7"}, key
    names = [piece.name for piece in recordable(wording.sentences[language])]
    assert len(names) == len(set(names)) > 100


def _slots(sentence: str) -> set[str]:
    return placeholders(sentence)


def test_whole_sentence_is_played_and_one_with_a_name_is_played_around_it(
    wording: Wording, source: Path, tmp_path: Path
) -> None:
    recordings = take_in(source, tmp_path, wording, GOODBYE, *names_of(ITEM, wording))
    [whole] = recordings.voiced(wording.say(GOODBYE, "zh"), "zh") or []
    assert whole.token
    sound = recordings.sound(whole.token)
    assert sound
    assert 2 < read_sound(sound).seconds < 2.6
    said = wording.say(ITEM, "zh", option="修路", key=3, number=3)
    parts = recordings.voiced(said, "zh")
    assert parts
    assert "修路" in [one.words for one in parts if not one.token]
    assert "".join(one.words for one in parts) == said.rstrip("。")
    assert recordings.voiced(wording.say(GOODBYE, "en"), "en") is None
    assert recordings.voiced("别的话", "zh") is None


def test_communitys_own_dialect_goes_before_its_language(wording: Wording, source: Path, tmp_path: Path) -> None:
    take_in(source, tmp_path, wording, GOODBYE)
    (source / f"{GOODBYE}.wav").write_bytes(wav(tone(3)))
    recordings = take_in(source, tmp_path, wording, community="shitan")
    words = wording.say(GOODBYE, "zh")
    usual, own = recordings.voiced(words, "zh"), recordings.voiced(words, "zh", "shitan")
    assert usual and own
    assert usual[0].token != own[0].token
    assert recordings.voiced(words, "zh", "elsewhere") == usual


def test_changed_words_silence_the_old_recording(wording: Wording, source: Path, tmp_path: Path) -> None:
    take_in(source, tmp_path, wording, GOODBYE)
    changed = {**wording.sentences["zh"], GOODBYE: "谢谢,慢走。"}
    later = replace(wording, sentences={**wording.sentences, "zh": changed})
    recordings = Recordings(tmp_path / "prompts", later, SECRET)
    assert recordings.voiced("谢谢,慢走。", "zh") is None
    found = takes(folder_for(tmp_path / "prompts", "zh"), changed)
    assert count(found)["stale"] == 1
    assert list(stray_files(folder_for(tmp_path / "prompts", "zh"), {"call.other": "别的"})) == [GOODBYE]


@pytest.mark.parametrize(
    ("name", "data", "code"),
    [("call.nothing.such", wav(tone(2)), "prompt_unknown"), (GOODBYE, wav(hush(3)), "prompt_silent"),
     (GOODBYE, b"no sound", "sound_unreadable"), (GOODBYE, wav(tone(21)), "prompt_long")],
)  # fmt: skip
def test_one_bad_file_lets_nothing_in(
    wording: Wording, source: Path, tmp_path: Path, name: str, data: bytes, code: str
) -> None:
    (source / "call.too_long.wav").write_bytes(wav(tone(2)))
    (source / f"{name}.wav").write_bytes(data)
    taken, troubles = import_prompts(source, tmp_path / "prompts", wording.sentences["zh"], "zh")
    assert taken == []
    assert [(one.file, one.code) for one in troubles] == [(f"{name}.wav", code)]
    assert not (tmp_path / "prompts").exists()


def test_address_of_a_prompt_cannot_be_guessed(wording: Wording, source: Path, tmp_path: Path) -> None:
    recordings = take_in(source, tmp_path, wording, GOODBYE)
    [whole] = recordings.voiced(wording.say(GOODBYE, "zh"), "zh") or []
    assert len(whole.token) == 40
    for other in ("", GOODBYE, "../secret.key", whole.token[:-1], whole.token.upper()):
        assert recordings.sound(other) is None
    elsewhere = Recordings(tmp_path / "prompts", wording, Secret(b"another-secret-another-secret-other"))
    assert elsewhere.sound(whole.token) is None
