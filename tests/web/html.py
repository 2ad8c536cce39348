"""A page as a reader's program meets it: parsed strictly, with what the tests ask of every page."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from html.parser import HTMLParser

# Files of our own, named in the head of the console; nothing is ever written into a page.
OUR_SCRIPTS = {'<script src="/htmx.js" defer>', '<script src="/desk.js" defer>'}
VOID = {"meta", "link", "img", "input", "br", "rect", "hr", "path", "line", "polyline"}
LARGEST_PAGE = 50_000


@dataclass
class Page(HTMLParser):
    """What was found: language, headings, links, fields, and `problems` in words."""

    text: str
    language: str = ""
    headings: list[int] = field(default_factory=list)
    links: list[str] = field(default_factory=list)
    fields: dict[str, str] = field(default_factory=dict)
    labels: set[str] = field(default_factory=set)
    ids: list[str] = field(default_factory=list)
    tags: set[str] = field(default_factory=set)
    problems: list[str] = field(default_factory=list)
    open_tags: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__()
        self.feed(self.text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = {name: value or "" for name, value in attrs}
        self.tags.add(tag)
        if tag not in VOID:
            self.open_tags.append(tag)
        self._note(tag, found)
        self.problems += [f"{name} in <{tag}>" for name in found if name.startswith("on") or name == "style"]

    def _note(self, tag: str, found: dict[str, str]) -> None:
        if "id" in found:
            self.ids.append(found["id"])
        if tag == "html":
            self.language = found.get("lang", "")
        elif tag in ("h1", "h2", "h3"):
            self.headings.append(int(tag[1]))
        elif tag == "a":
            self.links.append(found["href"])
        elif tag == "label":
            self.labels.add(found["for"])
        elif tag in ("select", "textarea") or (tag == "input" and found.get("type") != "hidden"):
            self.fields[found.get("id", "")] = tag
        elif tag == "th" and "scope" not in found:
            self.problems.append("a table heading without scope")
        elif tag == "img" and "alt" not in found:
            self.problems.append("a picture without words")

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.open_tags.pop()

    def handle_endtag(self, tag: str) -> None:
        if tag in VOID:
            return
        if not self.open_tags or self.open_tags.pop() != tag:
            self.problems.append(f"</{tag}> closes something else")


def check_page(text: str, language: str) -> Page:
    """Every page of ours: well-formed, in its language, one main heading, landmarks, labels, small, without script."""
    page = Page(text)
    assert page.problems == []
    assert page.open_tags == []
    assert page.language == {"zh": "zh-CN", "en": "en"}[language]
    assert page.headings.count(1) == 1
    assert all(after - before <= 1 for before, after in zip(page.headings, page.headings[1:], strict=False))
    assert {"header", "main", "title"} <= page.tags
    assert set(page.fields) <= page.labels
    assert len(page.ids) == len(set(page.ids))
    assert set(re.findall("<script[^>]*>[^<]*", text)) <= OUR_SCRIPTS
    assert len(text.encode()) < LARGEST_PAGE
    return page
