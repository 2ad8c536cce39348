"""What the repository must never hold, and what must stay equal to the code."""

from __future__ import annotations

import re
from pathlib import Path

from gateway.settings import documented
from tests.architecture.source import ROOT, tracked_files

BINARY = {".png", ".wav", ".mp3", ".ico", ".woff2"}


def _text_files() -> dict[Path, str]:
    return {p: p.read_text(encoding="utf-8") for p in tracked_files() if p.suffix not in BINARY}


def test_lock_files_name_no_index_or_mirror() -> None:
    for name in ("requirements.txt", "requirements-dev.txt"):
        text = (ROOT / name).read_text(encoding="utf-8")
        assert "--hash=sha256:" in text
        assert not re.search(r"index-url|find-links|trusted-host|https?://|file:/", text)


def test_lock_files_pin_everything_with_hashes() -> None:
    for name in ("requirements.txt", "requirements-dev.txt"):
        lines = (ROOT / name).read_text(encoding="utf-8").splitlines()
        pins = [line for line in lines if re.match(r"^[a-z0-9]", line)]
        assert pins
        assert all("==" in line and line.endswith("\\") for line in pins)


def test_repository_leaves_nothing_unfinished() -> None:
    words = re.compile(r"\b(TO" + "DO|FIX" + "ME|X" + "XX|PLACE" + r"HOLDER|Not" + r"Implemented)\b")
    found = [f"{path.relative_to(ROOT)}" for path, text in _text_files().items() if words.search(text)]
    assert not found


def test_settings_are_documented_one_by_one() -> None:
    table = (ROOT / "docs" / "settings.md").read_text(encoding="utf-8")
    assert re.findall(r"^\| `([A-Z_]+)`", table, re.MULTILINE) == [f.name.upper() for f in documented()]
    assert len(documented()) < 40


def test_readme_links_lead_somewhere() -> None:
    for page in (ROOT / "README.md", *(ROOT / "docs").rglob("*.md")):
        for target in re.findall(r"\]\((?!https?://|#)([^)#]+)", page.read_text(encoding="utf-8")):
            assert (page.parent / target).exists(), f"{page.name}: {target}"


def test_decisions_are_numbered_once() -> None:
    pages = sorted((ROOT / "docs" / "adr").glob("*.md"))
    numbers = [page.name[:4] for page in pages]
    assert len(set(numbers)) == len(numbers)
    assert all(page.read_text(encoding="utf-8").startswith(f"# {page.name[:4]} ") for page in pages)
