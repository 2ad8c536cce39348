"""Performing TwiML: the carrier's side of a conversation, verb by verb, as Twilio does it.

Rules (Twilio's verb pages and error dictionary): Gather's time-out begins after its nested verbs and anew after each
key; the first key silences them; with no input the next verb runs, unless actionOnEmptyResult asks for it; an empty
recording runs the next verb; after Redirect, Reject and Hangup nothing does; a document that ends, ends the call.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from urllib.parse import urljoin

from gateway.carriers.simulator import progress
from gateway.carriers.simulator.exchange import API_VERSION, Exchange
from gateway.carriers.simulator.ledger import Call, Moment, Recording
from gateway.carriers.simulator.line import HungUp, TakenOver
from gateway.carriers.simulator.people import Person, Spoken
from gateway.carriers.simulator.phones import Behaviour, Phone
from gateway.carriers.simulator.speech import seconds_of
from gateway.carriers.simulator.twiml import Document, Verb, read_voice

# Nobody hears more documents than this in one call: a menu that loops ends here and is complained of.
MAX_STEPS = 200
MAX_LOOPS = 20
PLAY_SECONDS = 5.0
# The carrier's own limit of a call.
CONFERENCE_SECONDS = 4 * 3600
ALL_KEYS = "1234567890*#"


@dataclass(frozen=True)
class Step:
    """Where the call goes on: an address to ask with some fields, or a document to perform as if it came from there."""

    url: str
    form: Mapping[str, str] = field(default_factory=dict)
    method: str = "POST"
    document: str = ""


class Walk:
    """One call's way through the gateway's documents."""

    def __init__(self, exchange: Exchange, call: Call, phone: Phone, person: Person) -> None:
        self._exchange = exchange
        self._call = call
        self._phone = phone
        self._person = person
        self._heard: list[str] = []
        self._prompts = 0
        self._verbs: dict[str, Callable[[Verb, str], Awaitable[Step | None]]] = {
            "Say": self._say,
            "Play": self._say,
            "Pause": self._say,
            "Gather": self._gather,
            "Record": self._record,
            "Redirect": self._redirect,
            "Reject": self._reject,
            "Hangup": self._hang_up,
            "Dial": self._dial,
        }

    async def run(self, first: Step) -> str:
        """Follow the documents from `first` until the call ends; returns the final status."""
        step = first
        for _ in range(MAX_STEPS):
            try:
                following = await self._take(step)
            except TakenOver as new:
                following = Step(urljoin(step.url, new.url), document=new.document)
            except HungUp as cut:
                self._call.ended_by = cut.by
                break
            if following is None:
                break
            step = following
        else:
            self._exchange.complain(0, first.url, f"a call of more than {MAX_STEPS} steps")
        return self._call.status if self._call.is_over else "completed"

    async def _take(self, step: Step) -> Step | None:
        document = read_voice(step.document) if step.document else await self._ask(step)
        for code, what in document.complaints:
            self._exchange.complain(code, step.url, what)
        if not document.is_usable:
            # A real carrier says that an application error has occurred.
            self._call.ended_by = "error"
            return None
        for verb in document.verbs:
            self._call.wires.check()
            if verb.name != "Reject" and not self._call.started:
                progress.answer(self._exchange, self._phone, self._call)
            if (following := await self._verbs[verb.name](verb, step.url)) is not None:
                return following
            if self._call.ended_by:
                return None
        self._call.ended_by = "gateway"
        return None

    async def _ask(self, step: Step) -> Document:
        form = {**progress.call_form(self._exchange, self._call, self._phone), **step.form}
        answer = await self._exchange.ask(step.url, form, phone=self._phone, method=step.method)
        return read_voice(answer.body) if answer else Document((), is_usable=False)

    # --- verbs: each returns where the call goes on, or None for the next verb ---

    async def _say(self, verb: Verb, _base: str) -> None:
        await self._speak(verb, may_interrupt=False)

    async def _speak(self, verb: Verb, *, may_interrupt: bool) -> None:
        seconds = _seconds_of(verb)
        for _ in range(min(verb.number("loop", 1) or MAX_LOOPS, MAX_LOOPS)):
            if verb.name != "Pause":
                self._heard.append(verb.text)
                self._note("gateway", verb.text, verb.name.lower(), verb.attributes.get("language", ""))
            await self._person.listen(seconds, may_interrupt=may_interrupt)
            if may_interrupt and self._person.is_typing:
                return
        self._prompts += verb.name != "Pause"
        if self._prompts >= self._phone.behaviours.get(Behaviour.HANG_UP_AFTER, self._prompts + 1):
            raise HungUp("caller")

    async def _gather(self, verb: Verb, base: str) -> Step | None:
        for child in verb.children:
            await self._speak(child, may_interrupt=True)
            if self._person.is_typing:
                break
        self._wait_for("keys")
        digits, end_key, in_time = await self._collect(verb)
        self._wait_for("")
        self._person.answered(in_time=in_time)
        if digits:
            self._note("caller", digits + end_key, "keys")
        if not digits and not verb.flag("actionOnEmptyResult", default=False):
            return None
        form = {"Digits": digits, "FinishedOnKey": end_key, "msg": "Gather End"}
        return _action(verb, base, form)

    async def _collect(self, verb: Verb) -> tuple[str, str, bool]:
        """The keys, the key that finished them or "", and whether they came in time."""
        finish, most, timeout = (
            verb.attributes.get("finishOnKey", "#"),
            verb.number("numDigits", 0),
            verb.number("timeout", 5),
        )
        digits = ""
        while not most or len(digits) < most:
            key = await self._person.next_key(timeout)
            if key is None:
                return digits, "", False
            if key == finish:
                return digits, key, True
            digits += key
        return digits, "", True

    async def _record(self, verb: Verb, base: str) -> Step | None:
        if verb.flag("playBeep", default=True):
            self._note("gateway", "", "beep")
        self._wait_for("recording")
        end_keys = verb.attributes.get("finishOnKey", ALL_KEYS)
        spoken = await self._person.speak(verb.number("maxLength", 3600), verb.number("timeout", 5), end_keys)
        if speech := self._call.take_speech():
            spoken = replace(spoken, seconds=seconds_of(speech), sound=speech)
        self._wait_for("")
        hung_up = spoken.ended_with == "hangup"
        if not spoken.seconds:
            if hung_up:
                raise HungUp("caller")
            return None
        self._note("caller", str(spoken.seconds), "recording")
        step = _action(verb, base, await self._keep_recording(verb, base, spoken))
        if hung_up:
            # The action is asked all the same, so that the gateway learns of the recording; its answer goes nowhere.
            self._call.status = "completed"
            await self._ask(step)
            raise HungUp("caller")
        return step

    async def _keep_recording(self, verb: Verb, base: str, spoken: Spoken) -> dict[str, str]:
        exchange, call = self._exchange, self._call
        recording = Recording(exchange.new_sid("RE"), call.sid, spoken.seconds, exchange.now(), spoken.sound)
        exchange.ledger.recordings.add(recording.sid, recording)
        account = exchange.account.account_sid
        url = f"{exchange.url}/{API_VERSION}/Accounts/{account}/Recordings/{recording.sid}"
        form = {"RecordingUrl": url, "RecordingSid": recording.sid, "RecordingDuration": str(spoken.seconds)}
        if callback := verb.attributes.get("recordingStatusCallback"):
            report = {**form, "AccountSid": account, "CallSid": call.sid, "RecordingStatus": "completed"}
            exchange.begin(exchange.report(urljoin(base, callback), report, phone=self._phone))
        return {**form, "Digits": spoken.ended_with}

    async def _redirect(self, verb: Verb, base: str) -> Step:
        return Step(urljoin(base, verb.text), method=verb.attributes.get("method", "POST"))

    async def _reject(self, verb: Verb, _base: str) -> None:
        if not self._call.started:
            self._call.status = "busy" if verb.attributes.get("reason") == "busy" else "no-answer"
        self._call.ended_by = "gateway"

    async def _hang_up(self, _verb: Verb, _base: str) -> None:
        self._call.ended_by = "gateway"

    async def _dial(self, verb: Verb, base: str) -> Step | None:
        """Listen in a conference until `*`, a hang-up or new instructions; alone, nothing is said there."""
        for room in verb.children[:1]:
            heard = "listening" if room.flag("muted", default=False) else "heard by all"
            self._note("gateway", heard, "conference")
            self._call.conference, self._call.muted = room.text, room.flag("muted", default=False)
            self._wait_for("conference")
            try:
                await self._stay(verb.number("timeLimit", CONFERENCE_SECONDS))
            finally:
                self._wait_for("")
                self._call.conference = ""
            self._note("caller", "*", "keys")
        return _action(verb, base, {"DialCallStatus": "completed"}) if "action" in verb.attributes else None

    async def _stay(self, most: int) -> None:
        """Until the caller presses `*`; whoever presses nothing for so long is cut off."""
        until = self._call.wires.seconds + most
        while (left := until - self._call.wires.seconds) > 0:
            if await self._person.next_key(left) == "*":
                self._person.answered(in_time=True)
                return
        raise HungUp("carrier")

    # --- what the telephone shows ---

    def _note(self, who: str, text: str, kind: str, language: str = "") -> None:
        self._call.moments.append(Moment(who, round(self._call.wires.seconds, 1), text, language, kind))
        self._exchange.phones.touch(self._phone)

    def _wait_for(self, what: str) -> None:
        if what:
            self._person.asked("\n".join(self._heard))
            self._heard = []
        self._call.waiting_for = what
        self._exchange.phones.touch(self._phone)


def _action(verb: Verb, base: str, form: Mapping[str, str]) -> Step:
    return Step(urljoin(base, verb.attributes.get("action", "")), form, verb.attributes.get("method", "POST"))


def _seconds_of(verb: Verb) -> float:
    """How long a verb sounds: some four Chinese characters or fourteen Latin letters a second."""
    if verb.name == "Pause":
        return verb.number("length", 1)
    if verb.name == "Play":
        return PLAY_SECONDS
    return sum(0.25 if ord(c) > 0x2E80 else 0.07 for c in verb.text)  # noqa: PLR2004  # where Unicode's CJK begins
