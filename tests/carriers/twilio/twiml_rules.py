"""What TwiML may look like: attributes and values from the carrier's own lists, nesting from its documentation."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

NESTING: dict[str, dict[str, set[str]]] = {
    "voice": {"Gather": {"Say", "Play", "Pause"}, "Say": {"prosody"}, "Dial": {"Conference"}},
    "messaging": {"Message": set()},
}
TOP = {
    "voice": {"Say", "Play", "Pause", "Gather", "Record", "Redirect", "Reject", "Hangup", "Dial"},
    "messaging": {"Message"},
}
NO_ATTRIBUTES = {"Hangup"}
WITH_TEXT = {"Say", "prosody", "Play", "Redirect", "Message", "Conference"}
LARGEST = 64 * 1024


def check_twiml(text: str, kind: str, shared_data: Path) -> ET.Element:
    """The parsed document; fails when the carrier would complain about it or skip a part of it."""
    assert len(text.encode()) <= LARGEST
    assert text.startswith('<?xml version="1.0" encoding="UTF-8"?>')
    root = ET.fromstring(text)
    assert (root.tag, root.attrib) == ("Response", {})
    values = json.loads((shared_data / "twilio_api" / "twiml_values.json").read_text(encoding="utf-8"))[kind]
    for child in root:
        assert child.tag in TOP[kind], child.tag
        _check(child, kind, values)
    return root


def _check(element: ET.Element, kind: str, values: dict[str, Any]) -> None:
    known = {} if element.tag in NO_ATTRIBUTES else values[element.tag]
    for name, value in element.attrib.items():
        assert name in known, f"{element.tag} {name}"
        _check_value(f"{element.tag} {name}", value, known[name])
    has_text = bool("".join(element.itertext()).strip())
    assert has_text == (element.tag in WITH_TEXT) or len(element) > 0
    for child in element:
        assert child.tag in NESTING[kind].get(element.tag, set()), f"{child.tag} in {element.tag}"
        _check(child, kind, values)


def _check_value(name: str, value: str, rule: dict[str, Any]) -> None:
    if "enum" in rule:
        given = value.split() if rule.get("list") else [value]
        assert set(given) <= set(rule["enum"]), f"{name}={value}"
    elif rule["type"] == "number":
        assert re.fullmatch(r"\d+", value), f"{name}={value}"
    elif rule["type"] == "boolean":
        assert value in ("true", "false"), f"{name}={value}"
