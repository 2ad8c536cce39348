"""A clerk changes a menu, or adds one, without touching Python: a file for the menu, a file for its words."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
import yaml

from gateway.cli.flow import host_of
from gateway.wording.catalogue import SPOKEN, Wording
from ivr_flows.checker import check
from ivr_flows.loader import load_flows, menu_files
from ivr_flows.model import Flow
from ivr_flows.player import play

PAGE = Path(__file__).parents[2] / "docs" / "menus.md"
WORDS = {
    "zh": {
        "ferry.offer": "听渡船几点开，请按{key}。",
        "ferry.times": "渡船早上七点和下午四点开。",
        "ferry.enough": "听好了，请按{key}。",
    },
    "en": {
        "ferry.offer": "To hear when the ferry goes, press {key}.",
        "ferry.times": "The ferry goes at seven in the morning and at four in the afternoon.",
        "ferry.enough": "If you have heard enough, press {key}.",
    },
}


@pytest.fixture
def menus(tmp_path: Path) -> Path:
    """A folder with the menus of the product, to be changed."""
    for path in menu_files():
        shutil.copy(path, tmp_path)
    return tmp_path


@pytest.fixture
def words(wording: Wording) -> Wording:
    """The sentences of the product and those of the new menu."""
    return Wording(
        {language: {**known, **WORDS[SPOKEN.get(language, language)]} for language, known in wording.sentences.items()}
    )


def _add_ferry(folder: Path) -> None:
    """The example that the documentation shows, in the place of what it says must go."""
    (folder / "record.yaml").unlink()
    example = PAGE.read_text(encoding="utf-8").split("```yaml\n")[1].split("```")[0]
    (folder / "ferry.yaml").write_text(example, encoding="utf-8")


def _main(folder: Path) -> Flow:
    return load_flows(sorted(folder.glob("*.yaml")))["main"]


def _heard(flow: Flow, words: Wording, *typed: str) -> list[str]:
    """A call of somebody whom nothing waits for, from the main menu on."""
    answers, heard = iter(["known", "acquainted", *["none"] * 5, *typed]), []

    def ask(_: str) -> str:
        try:
            return next(answers)
        except StopIteration:
            raise EOFError from None

    play(flow, words.sentences["zh"], ask=ask, show=heard.append)
    return heard


def test_menu_is_added_by_adding_a_file(menus: Path, words: Wording) -> None:
    _add_ferry(menus)
    flow = _main(menus)
    assert check(flow, host_of(words)) == []
    heard = _heard(flow, words, "3", "4")
    assert "听渡船几点开，请按4。" in heard
    assert heard[-2:] == ["渡船早上七点和下午四点开。", "听好了，请按1。"]


def test_menu_that_is_taken_away_leaves_the_others_whole(menus: Path, wording: Wording) -> None:
    (menus / "followup.yaml").unlink()
    assert check(_main(menus), host_of(wording)) == []


def test_wording_is_changed_in_the_catalogue_alone(menus: Path, wording: Wording) -> None:
    changed = dict(wording.sentences["zh"], **{"call.menu.title": "要办什么事，您说。"})
    assert "要办什么事，您说。" in _heard(_main(menus), Wording({**wording.sentences, "zh": changed}))


def test_menu_without_its_words_is_found_out(menus: Path, wording: Wording) -> None:
    _add_ferry(menus)
    found = {(problem.file, problem.line, problem.code) for problem in check(_main(menus), host_of(wording))}
    assert found == {("ferry.yaml", line, "wording_unknown") for line in (5, 7, 10)}


def test_menus_fit_the_published_schema_in_their_fields() -> None:
    """Every file is a head or a part, and has what its kind must have."""
    for path in menu_files():
        fields = yaml.safe_load(path.read_text(encoding="utf-8"))
        assert fields["spec_version"] == 1
        assert ("flow" in fields) != ("part_of" in fields)
