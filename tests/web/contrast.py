"""Contrast computed from the style sheets themselves, after WCAG 2.2 (1.4.3): every colour of text on every ground it may
stand on.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from gateway.web.pages.blueprint import FOLDER

LEAST = 4.5
_RULE = re.compile(r"([^{}]+)\{([^{}]*)\}")
_NAMED = {"white": "#ffffff", "black": "#000000"}
# What text without a ground of its own may stand on.
GROUNDS = ("--paper", "--card", "#ffffff")


@dataclass(frozen=True)
class Finding:
    """A colour on a ground and how they stand out from each other."""

    rule: str
    colour: str
    ground: str
    contrast: float


def luminance(colour: str) -> float:
    """Relative luminance of `#rrggbb` or `#rgb` (WCAG 2.2)."""
    digits = colour.lstrip("#")
    digits = "".join(2 * one for one in digits) if len(digits) == 3 else digits
    parts = [int(digits[at : at + 2], 16) / 255 for at in (0, 2, 4)]
    red, green, blue = (one / 12.92 if one <= 0.04045 else ((one + 0.055) / 1.055) ** 2.4 for one in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """From 1 (the same) to 21 (black on white)."""
    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def findings(css: str) -> list[Finding]:
    """Every colour of text in a sheet with every ground that it may stand on."""
    css = re.sub(r"/\*.*?\*/", "", css, flags=re.DOTALL)
    names = dict(re.findall(r"(--[a-z-]+):\s*(#[0-9a-f]{3,6})", _style()))
    grounds = [_value(ground, names) for ground in GROUNDS]
    own = [_declared(body, "background", names) for _, body in _RULE.findall(css)]
    pale = [ground for ground in own if ground and luminance(ground) > 0.5]
    found = []
    for selector, body in _RULE.findall(css):
        colour = _declared(body, "color", names)
        ground = _declared(body, "background", names)
        if colour:
            found += [
                Finding(selector.strip(), colour, one, contrast(colour, one))
                for one in ([ground] if ground else grounds)
            ]
        elif ground in pale:
            ink = [names[name] for name in ("--ink", "--brick")]
            found += [Finding(selector.strip(), one, ground, contrast(one, ground)) for one in ink]
    return found


def _style() -> str:
    return Path(FOLDER / "static" / "style.css").read_text(encoding="utf-8")


def _declared(body: str, name: str, names: dict[str, str]) -> str:
    read = re.search(rf"(?:^|[;\s{{]){name}:\s*([^;}}]+)", body)
    return _value(read[1].strip(), names) if read else ""


def _value(text: str, names: dict[str, str]) -> str:
    text = re.sub(r"var\((--[a-z-]+)\)", r"\1", text).split()[0]
    text = names.get(text, _NAMED.get(text, text))
    return text if text.startswith("#") else ""
