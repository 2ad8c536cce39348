"""A telephone for tests: it calls, presses keys, speaks, stays silent, repeats requests, and hears what is said."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import timedelta
from fractions import Fraction
from typing import Any

from gateway.carriers.port import CallStep, Conference, Gather, Hangup, IncomingCall, Pause, Play, Record, Say
from gateway.conversation.calls import Frozen, receive_answered_call, receive_call
from gateway.conversation.calls.tokens import open_state
from gateway.followup.actions import post_update
from gateway.kernel.phones import PhoneNumber
from gateway.kernel.ports import Ports
from gateway.polls import actions as polls
from gateway.polls.model import Method, PollDraft, PollWording, Threshold, ThresholdBase
from gateway.roll import actions as roll
from gateway.roll import views as roll_views
from gateway.roll.importing import parse_roll
from gateway.roll.model import Community, NewCommunity
from gateway.staff import actions as staff
from gateway.staff.model import Role
from gateway.topics import actions as topics
from gateway.topics.model import Stage
from gateway.wording.catalogue import Wording
from ivr_flows.loader import load_flows, menu_files
from ivr_flows.speech import seconds
from tests.polls.village import all_wording

FLOWS = load_flows(menu_files())
LINE = PhoneNumber("+8657112345678")
ALONE = PhoneNumber("+8613800000001")
SHARED = PhoneNumber("+8613800000002")
ENGLISH = PhoneNumber("+8613800000003")
NEW = PhoneNumber("+8613800000004")
STAFF = PhoneNumber("+8613800000005")
UNKNOWN = PhoneNumber("+8613800000009")
PIN = "2580"
# Li has a phone of her own; three Wangs share one; Anna speaks English.
ROLL = f"""name,phone,code,pin,household,language
李桂兰,{ALONE.e164},10019,{PIN},A,zh
王建国,{SHARED.e164},20023,{PIN},B,zh
王秀英,{SHARED.e164},20038,{PIN},B,zh
王小明,{SHARED.e164},20046,{PIN},B,zh
Anna,{ENGLISH.e164},30031,{PIN},C,en
"""
CODES = ("20023", "20038", "20046")


def a_village(ports: Ports) -> Community:
    """A village with a line and five residents."""
    with ports.db.work() as tx:
        community = roll.add_community(tx, NewCommunity("shitan", "石滩村", LINE, languages=("zh", "en")))
        parsed = parse_roll(ROLL.encode(), region="CN")
        roll.import_roll(tx, community.id, parsed, randomness=ports.randomness, secret=ports.secret)
        tx.commit()
    return community


def a_poll(
    ports: Ports,
    community: Community,
    *,
    options: Sequence[str] = (),
    english: Sequence[str] = (),
    method: Method | None = None,
) -> int:
    """An open poll that closes in the evening of 30 November, local time; with options a choice of one, if not said."""
    draft = PollDraft(
        community_id=community.id,
        method=method or (Method.SINGLE if options else Method.YESNO),
        wording={
            "": PollWording("修村口的路吗?", tuple(options)),
            "en": PollWording("Shall we mend the road at the village entrance?", tuple(english or options)),
        },
        closes_at=ports.clock.now() + timedelta(days=6, hours=6),
        threshold=Threshold(ThresholdBase.PARTICIPANTS, Fraction(0) if method else Fraction(1, 2)),
        costs=(10, 20, 30) if method is Method.BUDGET else (),
        budget=60 if method is Method.BUDGET else None,
    )
    with ports.db.work() as tx:
        number = polls.create_poll(tx, draft, at=ports.clock.now())
        polls.open_poll(tx, number, ports=ports, wording=all_wording())
        tx.commit()
    return number


FOUR = ("修村口的路", "打一口井", "装路灯", "修水渠")
FOUR_ENGLISH = ("the road", "a well", "street lights", "the canal")
# What each form of ballot asks for besides its four options.
TERMS: Mapping[Method, dict[str, Any]] = {
    Method.YESNO: {},
    Method.SINGLE: {},
    Method.APPROVAL: {},
    Method.RANKED: {},
    Method.SCORE: {"score_max": 5},
    Method.BUDGET: {"costs": (50000, 30000, 40000, 20000), "budget": 100000, "knapsack": True},
}


def a_poll_by(
    ports: Ports,
    community: Community,
    method: Method,
    options: Sequence[str] = FOUR,
    english: Sequence[str] = FOUR_ENGLISH,
    **terms: Any,
) -> int:
    """An open poll with that form of ballot."""
    own = method is not Method.YESNO
    share = Fraction(0) if method not in (Method.YESNO, Method.SINGLE) else Fraction(1, 2)
    draft = PollDraft(
        community_id=community.id,
        method=method,
        wording={
            "": PollWording("今年先办哪些事?", tuple(options) if own else ()),
            "en": PollWording("What shall we do this year?", tuple(english) if own else ()),
        },
        closes_at=ports.clock.now() + timedelta(days=6, hours=6),
        threshold=Threshold(ThresholdBase.PARTICIPANTS, share),
        **(TERMS[method] | terms),
    )
    with ports.db.work() as tx:
        number = polls.create_poll(tx, draft, at=ports.clock.now())
        polls.open_poll(tx, number, ports=ports, wording=all_wording())
        tx.commit()
    return number


def somebody_new(ports: Ports, community: Community) -> None:
    """One more resident, on the telephone NEW, whose language the roll does not tell."""
    roll_file = f"name,phone,code,pin,household,language\n陈阿婆,{NEW.e164},40048,{PIN},D,\n"
    with ports.db.work() as tx:
        parsed = parse_roll(roll_file.encode(), region="CN")
        roll.import_roll(tx, community.id, parsed, randomness=ports.randomness, secret=ports.secret)
        tx.commit()


def topics_of_a_village(ports: Ports, community: Community, wording: Wording) -> list[str]:
    """Four topics of the first Wang: accepted, in progress, done, declined; returns their numbers."""
    raised = [
        ("桥头的栏杆松了", None),
        ("水渠堵了", Stage.IN_PROGRESS),
        ("村口的路灯坏了", Stage.DONE),
        ("隔壁的狗太吵", Stage.DECLINED),
    ]
    author, numbers = resident_id(ports, community, CODES[0]), []
    with ports.db.work() as tx:
        for words, stage in raised:
            at = ports.clock.now()
            topic = topics.raise_topic(tx, community.id, author, words, at=at)
            numbers.append(topic.number)
            accepted = stage is not Stage.DECLINED
            topics.screen(tx, topic.number, accepted, "" if accepted else "请找调解员", at=at, wording=wording)
            if accepted and stage:
                news = {"zh": "师傅已经去看过了", "en": "Somebody has looked at it"}
                post_update(tx, topic.id, news, at=at, wording=wording, stage=stage)
        tx.commit()
    return numbers


def an_english_village(ports: Ports) -> Community:
    """A village with a line of its own where English is spoken, and one resident."""
    with ports.db.work() as tx:
        line = PhoneNumber("+8657112345679")
        community = roll.add_community(tx, NewCommunity("stone", "Stone Bank", line, languages=("en", "zh")))
        parsed = parse_roll(f"name,phone,code,pin,household,language\nJohn,,50018,{PIN},E,en\n".encode(), region="CN")
        roll.import_roll(tx, community.id, parsed, randomness=ports.randomness, secret=ports.secret)
        tx.commit()
    return community


def a_moderator(ports: Ports, community: Community) -> str:
    """A member of staff who works from the telephone STAFF; returns the PIN."""
    with ports.db.work() as tx:
        staff.add_staff(tx, "wang", "tea-and-sunflower", Role.MODERATOR, community.id, at=ports.clock.now())
        pin = staff.set_phone(tx, "wang", STAFF, randomness=ports.randomness, secret=ports.secret)
        tx.commit()
    return pin


def receipt_heard(phone: Telephone) -> str:
    """The digits of the receipt that was said last."""
    before, after = phone.wording.sentences[phone.language]["call.receipt.number"].split("{receipt}")[:2]
    return phone.heard.split(before)[1].split(after)[0].replace(", ", "")


def slip_of(number: str) -> str:
    """A number with one digit slipped."""
    return number[:-1] + str((int(number[-1]) + 1) % 10)


def resident_id(ports: Ports, community: Community, code: str) -> int:
    """The resident with that code."""
    with ports.db.read() as conn:
        found = roll_views.resident_by_code(conn, community.id, code)
    assert found
    return found.id


@dataclass
class Telephone:
    """One call. `steps` is the last answer; `requests` all that was sent, to be sent again; `prompts` how often it was asked."""

    ports: Ports
    wording: Wording
    caller: PhoneNumber | None
    carrier_id: str = "CA1"
    line: PhoneNumber = LINE
    attempt: int | None = None
    frozen: Frozen | None = None
    steps: list[CallStep] = field(default_factory=list)
    requests: list[tuple[IncomingCall, str | None]] = field(default_factory=list)
    prompts: int = 0
    transcript: list[str] = field(default_factory=list)

    def dial(self) -> Telephone:
        """Call, or answer a call that was placed."""
        return self._send(self._call(), None, "☎")

    def press(self, *keys: str) -> Telephone:
        """Press keys one after the other, each when it is asked for."""
        for entry in keys:
            assert not self.is_over, "nobody is there any more"
            self._send(self._call(digits=entry), self.token, f"> {entry}")
        return self

    def leave(self) -> Telephone:
        """Press the star in a meeting."""
        assert isinstance(self.steps[-1], Conference)
        return self._send(self._call(), self.token, "> *")

    def turned(self) -> Telephone:
        """The carrier begins the same call anew, as we have asked it to."""
        return self._send(self._call(), None, "☎ (the moderator has given or taken the floor)")

    def stay_silent(self, times: int = 1) -> Telephone:
        """Press nothing until the time is up."""
        for _ in range(times):
            self._send(self._call(), self.token, "> …")
        return self

    def speak(self, seconds: int, recording: str = "RE1") -> Telephone:
        """Say something after the beep."""
        call = self._call(recording_id=recording if seconds else None, recording_seconds=seconds)
        return self._send(call, self.token, f"> ({seconds} s)")

    def repeat(self, index: int = -1, digits: str | None = None) -> list[CallStep]:
        """Send a request again, perhaps with other keys; the call itself stays where it is."""
        call, token = self.requests[index]
        return self._ask(call if digits is None else replace(call, digits=digits), token)

    def press_five_times_at_once(self, keys: str) -> list[list[CallStep]]:
        """The same request from five threads at the same moment."""
        call, token = self._call(digits=keys), self.token
        with ThreadPoolExecutor(5) as pool:
            answers = list(pool.map(lambda _: self._ask(call, token), range(5)))
        self.steps = answers[0]
        return answers

    @property
    def token(self) -> str | None:
        """What the carrier brings back with the next step."""
        step = next((step for step in self.steps if isinstance(step, Gather | Record | Conference)), None)
        return step.action if step else None

    def knows(self, name: str) -> object:
        """A value of the call's sealed state."""
        state = open_state(self.token or "", self.carrier_id, sealer=self.ports.call_sealer)
        assert state
        return state.session.values.get(name)

    @property
    def language(self) -> str:
        """The language of what was said last."""
        return next(step.language for step in flat(self.steps) if isinstance(step, Say))

    @property
    def is_over(self) -> bool:
        """Whether we have hung up."""
        return isinstance(self.steps[-1], Hangup)

    @property
    def heard(self) -> str:
        """What was said last."""
        return " ".join(step.text for step in flat(self.steps) if isinstance(step, Say))

    def says(self, key: str, language: str = "zh") -> bool:
        """Whether the last answer held the beginning of that sentence."""
        return self.wording.sentences[language][key].split("{")[0] in self.heard

    def _call(self, **fields: object) -> IncomingCall:
        return IncomingCall(self.carrier_id, self.caller, self.line, outbound=self.attempt is not None, **fields)  # type: ignore[arg-type]

    def _send(self, call: IncomingCall, token: str | None, note: str) -> Telephone:
        self.requests.append((call, token))
        self.steps = self._ask(call, token)
        self.prompts += not self.is_over
        self.transcript += [note, *_lines(self.steps)]
        return self

    def _ask(self, call: IncomingCall, token: str | None) -> list[CallStep]:
        if self.attempt is not None and token is None:
            return receive_answered_call(
                call, self.attempt, None, ports=self.ports, wording=self.wording, flows=FLOWS, action_url=str
            )
        return receive_call(
            call, token, ports=self.ports, wording=self.wording, flows=FLOWS, action_url=str, frozen=self.frozen
        )


def flat(steps: Sequence[CallStep]) -> list[CallStep]:
    """Steps with what is said inside a Gather laid open."""
    return [inner for step in steps for inner in ([*step.prompts, step] if isinstance(step, Gather) else [step])]


def seconds_of(steps: Sequence[CallStep], until: str = "") -> float:
    """How long the sentences last, those before the sentence `until` if it is there."""
    said = [step.text for step in flat(steps) if isinstance(step, Say)]
    return sum(map(seconds, said[: said.index(until)] if until in said else said))


def _lines(steps: Sequence[CallStep]) -> list[str]:
    lines = []
    for step in flat(steps):
        match step:
            case Say(text, _):
                lines.append(f"  {text}")
            case Play():
                lines.append("  ♪ (a recording)")
            case Pause(1):
                lines.append("  (…)")
            case Record():
                lines.append("  (beep)")
            case Conference(muted=muted):
                lines.append("  (in the meeting, listening)" if muted else "  (in the meeting, heard by all)")
            case Hangup():
                lines.append("☎ hangs up")
    return lines
