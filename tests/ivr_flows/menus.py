"""A small menu for tests of the engine, and the host that a menu may lean on."""

from __future__ import annotations

from ivr_flows.checker import Host
from ivr_flows.loader import read_flow
from ivr_flows.model import Flow

SMALL = """\
spec_version: 1
flow: small
start: greet
turns: 30
everywhere: {"9": repeat, "0": person, "*": back}
reprompts: [again.one, again.two, again.three]
lost: lost
too_long: bye
trouble: bye
nodes:
  greet:
    say: [greet]
    to: top
  top:
    say: [top]
    choices:
      - {key: 1, say: go.list, to: load}
      - {key: 2, say: go.code, to: code}
      - {key: 3, say: go.record, to: record}
      - {key: 4, say: go.secret, to: bye, when: insider}
  load:
    do: load
    outcomes: {some: list, none: top}
  list:
    say: [list]
    pick: {from: items, item: item, long_item: long_item, more: more, store: picked}
    to: confirm
  confirm:
    attentive: true
    say: [read_back]
    again: [still_there]
    choices:
      - {key: 1, say: confirm, to: save}
    other: dropped
  dropped:
    say: [dropped]
    forget: [picked]
    to: list
  save:
    do: save
    forget: [picked]
    outcomes: {saved: saved}
  saved:
    say: [saved]
    anew: true
    attentive: true
    to: top
  code:
    say: [code]
    again: [code_short]
    collect: {store: code, least: 3, most: 5}
    to: check
  check:
    do: check
    outcomes: {right: bye, wrong: {retry: code, say: wrong}}
  record:
    say: [speak]
    record: {store: sound, seconds: 60}
    to: listen
  listen:
    do: listen
    outcomes: {good: bye, short: {retry: record, say: too_short}}
  lost:
    say: [lost]
    patience: 1
    lost: bye
    choices:
      - {key: 1, say: call_me, to: person}
  person:
    do: person
    outcomes: {noted: bye}
  bye:
    say: [bye]
    end: true
"""
SENTENCES = [
    "again.one",
    "again.two",
    "again.three",
    "greet",
    "top",
    "go.list",
    "go.code",
    "go.record",
    "go.secret",
    "list",
    "item",
    "long_item",
    "more",
    "read_back",
    "still_there",
    "confirm",
    "dropped",
    "saved",
    "code",
    "code_short",
    "wrong",
    "speak",
    "too_short",
    "lost",
    "call_me",
    "bye",
]
LONG = "This is a story that is far too long for anybody to keep in mind until it is over. " * 4
OTHERS = {"a.long.story": LONG, "gone": "You leave {picked}.", "key.first": "{key} is for the record"}
HOST = Host(
    wording={
        "zh": dict.fromkeys(SENTENCES, "a sentence, {key}") | OTHERS | {"only.in.chinese": "只有中文"},
        "en": dict.fromkeys(SENTENCES, "a sentence, {key}") | OTHERS,
    },
    effects={
        "load": {"some", "none"},
        "save": {"saved"},
        "check": {"right", "wrong"},
        "listen": {"good", "short"},
        "person": {"noted"},
    },
    views={"facts"},
)


def small_flow() -> Flow:
    """The small menu."""
    return read_flow(SMALL, "small.yaml")
