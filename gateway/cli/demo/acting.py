"""How a villager of the demonstration uses a telephone: what is texted, which keys follow which words that are heard.

Calls are answered by rules, as a person does it: what to press depends on what was just said. The words to listen for
are taken from the catalogues, so that a better wording needs no change here.
"""

from __future__ import annotations

import string

from gateway.cli.demo.village import Villager
from gateway.wording.catalogue import Wording

Rules = list[tuple[str, str]]
NUMBERS = {"yes": 1, "no": 2, "abstain": 3}
HANG_UP = "hangup"
_SPOKEN_SECONDS = 6


def vote_text(villager: Villager, poll: int, choice: str) -> str:
    """A vote as this person texts it; a shared telephone needs the code."""
    words = {"zh": f"投{poll} {NUMBERS[choice]}", "en": f"VOTE {poll} {NUMBERS[choice]}"}[villager.language]
    return f"#{villager.code} {words}" if villager.shares_phone else words


def topic_text(villager: Villager) -> str:
    """A topic as this person texts it."""
    return f"{'议题' if villager.language == 'zh' else 'TOPIC'} {villager.topic}"


def support_text(villager: Villager, number: str) -> str:
    """A support as this person texts it."""
    words = f"{'附议' if villager.language == 'zh' else 'SUPPORT'} {number}"
    return f"#{villager.code} {words}" if villager.shares_phone else words


def vote_rules(villager: Villager, choice: str, *, confirm: bool, wording: Wording) -> Rules:
    """What this person presses to vote; without `confirm` the line is cut after the read-back."""
    return [
        *_heard("call.poll.confirm", "1" if confirm else HANG_UP, wording),
        *_heard("call.poll.question", str(NUMBERS[choice]), wording),
        *_common(villager, wording),
        # Whoever has voted before finds the poll in the menu.
        *_heard("call.menu.title", "1", wording),
    ]


def topic_rules(villager: Villager, wording: Wording) -> Rules:
    """What this person presses and says to raise a topic."""
    return [
        *_heard("call.topic.keep", "1", wording),
        *_heard("call.topic.ask", f"record:{_SPOKEN_SECONDS}#", wording),
        *_common(villager, wording),
        *_heard("call.topic_menu.title", "1", wording),
        *_heard("call.menu.title", "2", wording),
    ]


def listening_rules(wording: Wording) -> Rules:
    """Answering a call from the gateway: begin, hear it out, say so by key, pass the telephone on.

    Whoever is called for a vote votes another time.
    """
    return [
        *_heard("call.outbound.heard", "1", wording),
        *_heard("call.outbound.member_away", "1", wording),
        *_heard("call.outbound.start", "1", wording),
        *_heard("call.poll.question", HANG_UP, wording),
        *_heard("call.code.ask", HANG_UP, wording),
    ]


def _common(villager: Villager, wording: Wording) -> Rules:
    return [
        *_heard("call.after.done", HANG_UP, wording),
        *_heard("call.asked.later", "3", wording),
        *_heard("call.pin.ask", villager.pin, wording),
        *_heard("call.code.ask", f"{villager.code}#", wording),
    ]


def _heard(key: str, keys: str, wording: Wording) -> Rules:
    # A shared telephone is greeted in the village's language until the person has said who they are.
    return [(marker(wording.sentences[language][key]), keys) for language in wording.languages]


def marker(sentence: str) -> str:
    """The longest stretch of a sentence without a placeholder: what to listen for."""
    return max((text for text, *_ in string.Formatter().parse(sentence)), key=len).strip()
