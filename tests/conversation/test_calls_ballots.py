"""Every form of ballot by ear: what is keyed, what is read back, what is cast; and how long it takes."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from gateway.kernel.phones import PhoneNumber
from gateway.kernel.ports import Ports
from gateway.messaging import views as messaging
from gateway.polls import views as polls
from gateway.polls.inviting import ask_for_votes
from gateway.polls.model import Method
from gateway.polls.model.hearing import MOST_ON_SHEET
from gateway.roll.model import Channel, Community
from gateway.wording.catalogue import Wording
from tests.conversation.callers import ALONE, ENGLISH, Telephone, a_poll_by, a_village, seconds_of

MOST_KEYS = 6
MOST_PROMPTS = 25
MOST_SECONDS = 90
# The keys of an ordinary ballot over four options; for options beyond the third, # turns the page.
USUAL = {
    Method.YESNO: ["1", "1"],
    Method.SINGLE: ["#", "4", "1"],
    Method.APPROVAL: ["1", "2", "1", "2", "1"],
    Method.RANKED: ["#", "4", "2", "1", "1"],
    Method.SCORE: ["5", "3", "#", "1", "1"],
    Method.BUDGET: ["1", "1", "2", "1"],
}


@pytest.fixture
def community(ports: Ports) -> Community:
    return a_village(ports)


@pytest.fixture
def phone(ports: Ports, wording: Wording, community: Community) -> Telephone:
    """Li's phone; nobody else uses it."""
    return Telephone(ports, wording, ALONE)


@pytest.mark.parametrize(
    ("method", "keys", "ballot", "heard"),
    [
        (Method.YESNO, ["2"], "no", "您选的是：反对。"),
        (Method.SINGLE, ["2"], "2", "您选的是：打一口井。"),
        (Method.SINGLE, ["5"], "abstain", "您选的是：弃权。"),
        (Method.APPROVAL, ["1", "2", "1", "2"], "1,3", "您选了2项：修村口的路；装路灯。"),
        (Method.APPROVAL, ["2", "2", "2", "2"], "abstain", "您一项也没有选，这样就是弃权。"),
        (
            Method.RANKED,
            ["3", "1", "4"],
            "3>1>4>2",
            "您排的是：第1，装路灯；第2，修村口的路；第3，修水渠；第4，打一口井。",
        ),
        (Method.RANKED, ["3", "5"], "3", "您排的是：第1，装路灯。"),
        (Method.RANKED, ["5"], "abstain", "您选的是：弃权。"),
        (
            Method.SCORE,
            ["5", "#", "2", "#"],
            "1=5,2=0,3=2,4=0",
            "您给的分是：修村口的路5分；打一口井0分；装路灯2分；修水渠0分。",
        ),
        (Method.SCORE, ["#", "#", "#", "#"], "abstain", "您一项也没有选，这样就是弃权。"),
        (Method.BUDGET, ["1", "2", "1"], "1,3", "您选了2项：修村口的路；装路灯。"),
    ],
)
def test_ballot_is_read_back_as_it_was_keyed(
    ports: Ports, phone: Telephone, community: Community, method: Method, keys: list[str], ballot: str, heard: str
) -> None:
    number = a_poll_by(ports, community, method)
    phone.dial().press(*keys)
    assert heard in phone.heard
    assert phone.knows("ballot") == ballot
    with ports.db.read() as conn:
        assert polls.poll(conn, number).form.allows(ballot)
        assert polls.turnout(conn, number).participants == 0
    phone.press("1")
    assert phone.says("call.receipt.number")
    with ports.db.read() as conn:
        assert polls.turnout(conn, number).participants == 1


def test_budget_passes_over_what_can_no_longer_be_paid(ports: Ports, phone: Telephone, community: Community) -> None:
    a_poll_by(ports, community, Method.BUDGET, costs=(50000, 60000, 40000, 20000))
    phone.dial()
    assert "不能超过100000元" in phone.heard
    assert "修村口的路，要50000元" in phone.heard
    phone.press("1")
    assert phone.says("call.poll.each.too_dear")
    assert "装路灯，要40000元" in phone.heard
    phone.press("1")
    assert phone.knows("ballot") == "1,3", "the last option is too dear by now"


def test_approval_ends_with_the_most_that_may_be_chosen(ports: Ports, phone: Telephone, community: Community) -> None:
    a_poll_by(ports, community, Method.APPROVAL, max_choices=2)
    phone.dial()
    assert "最多选2项" in phone.heard
    assert phone.press("1", "1").knows("ballot") == "1,2"


def test_ranking_ends_with_the_most_places(ports: Ports, phone: Telephone, community: Community) -> None:
    a_poll_by(ports, community, Method.RANKED, max_choices=2)
    assert phone.dial().press("4", "2").knows("ballot") == "4>2"


@pytest.mark.parametrize(
    ("method", "keys", "again", "ballot"),
    [
        (Method.APPROVAL, ["1", "1", "2", "1"], "2", "1,2"),
        (Method.SCORE, ["1", "2", "3", "4"], "#", "1=1,2=2,3=3,4=0"),
        (Method.RANKED, ["1", "2", "3"], "4", "1>2>4>3"),
        (Method.BUDGET, ["2", "2", "2", "1"], "2", "abstain"),
    ],
)
def test_star_at_the_read_back_asks_the_last_answer_again(
    ports: Ports, phone: Telephone, community: Community, method: Method, keys: list[str], again: str, ballot: str
) -> None:
    a_poll_by(ports, community, method)
    phone.dial().press(*keys, "*", again)
    assert phone.knows("ballot") == ballot


@pytest.mark.parametrize("method", list(Method))
def test_any_other_key_casts_nothing_and_begins_the_ballot_again(
    ports: Ports, phone: Telephone, community: Community, method: Method
) -> None:
    number = a_poll_by(ports, community, method)
    *keys, confirm = USUAL[method]
    phone.dial().press(*keys, "5")
    assert phone.says("call.poll.not_cast")
    assert phone.knows("ballot") is None
    phone.press(*keys, confirm)
    assert phone.says("call.receipt.number")
    with ports.db.read() as conn:
        assert polls.turnout(conn, number).participants == 1


def test_two_digit_option_ends_with_hash_and_a_late_hash_does_no_harm(
    ports: Ports, phone: Telephone, community: Community
) -> None:
    options = tuple(f"第{number}号方案" for number in range(1, 13))
    a_poll_by(ports, community, Method.SINGLE, options, options)
    phone.dial().press("12")
    assert phone.knows("ballot") == "12"
    phone.press("#")
    assert "您选的是：第12号方案。" in phone.heard, "the hash cut the read-back short, so it is said again"
    phone.press("1")
    assert phone.says("call.receipt.number")


def test_points_up_to_ten_are_keyed_with_hash(ports: Ports, phone: Telephone, community: Community) -> None:
    a_poll_by(ports, community, Method.SCORE, score_max=10)
    phone.dial().press("10", "9#", "#", "1#")
    assert phone.knows("ballot") == "1=10,2=9,3=0,4=1"


def test_keys_pressed_ahead_fill_a_ballot_but_never_confirm_it(
    ports: Ports, phone: Telephone, community: Community
) -> None:
    a_poll_by(ports, community, Method.APPROVAL)
    phone.dial().press("12121111")
    assert phone.knows("ballot") == "1,3"
    assert phone.says("call.poll.confirm") or "确定投这一票" in phone.heard


@pytest.mark.parametrize("method", list(Method))
@pytest.mark.parametrize(("caller", "language"), [(ALONE, "Chinese"), (ENGLISH, "English")])
def test_ballot_takes_few_keys_and_little_time(
    ports: Ports,
    wording: Wording,
    community: Community,
    figure: Callable[[str], None],
    method: Method,
    caller: PhoneNumber,
    language: str,
) -> None:
    """From the greeting of somebody who has taken part before to the end of the receipt."""
    phone = Telephone(ports, wording, caller)
    a_poll_by(ports, community, Method.YESNO)
    phone.dial().press("1", "1")
    a_poll_by(ports, community, method)
    phone.dial()
    seconds = seconds_of(phone.steps)
    for key in USUAL[method]:
        phone.press(key)
        seconds += seconds_of(phone.steps, until=wording.sentences[phone.language]["call.after.title"])
    assert phone.says("call.receipt.number", phone.language)
    keys = sum(map(len, USUAL[method]))
    assert keys <= MOST_KEYS
    assert seconds <= MOST_SECONDS
    figure(f"vote by call, {method:8} in {language}: {keys} keys, {seconds:.0f} s of speech from greeting to receipt")


# --- long lists: numbers from the printed sheet ------------------------------------------------------------------

FORTY = tuple(f"第{number}个项目" for number in range(1, 41))


@pytest.mark.parametrize(
    ("method", "keys", "ballot"),
    [
        (Method.SINGLE, ["37#"], "37"),
        (Method.APPROVAL, ["3703#"], "3,37"),
        (Method.RANKED, ["3703#"], "37>3"),
        (Method.BUDGET, ["3703#"], "3,37"),
        (Method.APPROVAL, ["99#"], "abstain"),
        (Method.RANKED, ["99#"], "abstain"),
    ],
)
def test_long_list_is_keyed_from_the_printed_sheet(
    ports: Ports,
    phone: Telephone,
    community: Community,
    figure: Callable[[str], None],
    method: Method,
    keys: list[str],
    ballot: str,
) -> None:
    """Two choices among forty, within the limits of any ballot by ear."""
    terms = {"costs": (10,) * 40, "budget": 20} if method is Method.BUDGET else {}
    a_poll_by(ports, community, Method.YESNO)
    phone.dial().press("1", "1")
    a_poll_by(ports, community, method, FORTY, FORTY, **terms)
    phone.dial()
    heard, end = seconds_of(phone.steps), phone.wording.sentences["zh"]["call.after.title"]
    for entry in [*keys, "1"]:
        phone.press(entry)
        heard += seconds_of(phone.steps, until=end)
        if entry is keys[-1]:
            assert phone.knows("ballot") == ballot
    assert phone.says("call.receipt.number")
    pressed = len("".join(keys)) + 1
    assert pressed <= MOST_KEYS
    assert heard <= MOST_SECONDS
    figure(f"vote among forty by {method}: {pressed} keys, {heard:.0f} s of speech from greeting to receipt")


@pytest.mark.parametrize(
    ("entry", "says"),
    [("0341#", "wrong"), ("0303#", "wrong"), ("030#", "wrong"), ("0102030405#", "too_many")],
)
def test_slip_on_a_long_list_is_told_and_casts_nothing(
    ports: Ports, phone: Telephone, community: Community, entry: str, says: str
) -> None:
    number = a_poll_by(ports, community, Method.APPROVAL, FORTY, FORTY, max_choices=3)
    phone.dial().press(entry)
    assert phone.says(f"call.poll.sheet.{says}")
    assert phone.knows("ballot") is None
    phone.press("0102#", "1")
    with ports.db.read() as conn:
        assert polls.turnout(conn, number).participants == 1


def test_too_dear_a_choice_on_a_long_list_is_told(ports: Ports, phone: Telephone, community: Community) -> None:
    a_poll_by(ports, community, Method.BUDGET, FORTY, FORTY, costs=(10,) * 40, budget=20)
    assert phone.dial().press("010203#").says("call.poll.sheet.too_dear")
    assert phone.press("0102#").knows("ballot") == "1,2"


def test_long_list_is_heard_within_few_prompts_by_whoever_has_no_sheet(
    ports: Ports, phone: Telephone, community: Community
) -> None:
    options = tuple(f"第{number}个项目" for number in range(1, MOST_ON_SHEET + 1))
    a_poll_by(ports, community, Method.APPROVAL, options, options)
    phone.dial().press("00")
    told = ""
    while f"第{MOST_ON_SHEET}个项目" not in told:
        told += phone.heard
        phone.press("#")
    assert all(option in told for option in options)
    phone.press("1#", f"{MOST_ON_SHEET}#", "1")
    assert phone.says("call.receipt.number")
    assert phone.prompts <= MOST_PROMPTS


@pytest.mark.parametrize(("method", "options"), [(Method.SCORE, 13), (Method.SINGLE, 61), (Method.APPROVAL, 99)])
def test_list_that_no_ear_can_hold_is_not_put_by_call(
    ports: Ports, wording: Wording, phone: Telephone, community: Community, method: Method, options: int
) -> None:
    words = tuple(f"第{number}个项目" for number in range(1, options + 1))
    number = a_poll_by(ports, community, method, words, words)
    phone.dial()
    assert "电话里投不了" in phone.heard
    assert phone.says("call.menu.title")
    with ports.db.work() as tx:
        broadcast = ask_for_votes(tx, number, at=ports.clock.now(), wording=wording)
        said = messaging.words(tx.connection, broadcast, Channel.CALL)
    assert "电话里投不了" in said["zh"]
