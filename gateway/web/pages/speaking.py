"""How pages speak: sentences, days and hours, rules and refusals in the reader's language and the community's time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from fractions import Fraction
from zoneinfo import ZoneInfo

import phonenumbers

from gateway.kernel.errors import GatewayError
from gateway.kernel.phones import PhoneNumber
from gateway.polls.announcing import outages_in_words, outcome_in_words
from gateway.polls.model import ABSTAIN, Counting, Method, Poll, Result, Threshold, TieRule
from gateway.polls.ruling import counted_in_words
from gateway.topics.model import Stage
from gateway.wording.catalogue import Wording


@dataclass(frozen=True)
class Speaker:
    """Speaks `language`; templates get its methods under the same names."""

    wording: Wording
    language: str

    def say(self, key: str, /, **values: str | int) -> str:
        """The sentence `key`."""
        return self.wording.say(key, self.language, **values)

    def explain(self, error: GatewayError) -> str:
        """The sentence for a refusal."""
        key = f"error.{error.code}"
        return self.say(key if self.wording.has(key) else "pages.refused", **error.params)

    def day(self, day: date) -> str:
        """A day with its weekday."""
        return self.say(
            "pages.day",
            weekday=self.say(f"pages.weekday.d{day.isoweekday()}"),
            month=self.say(f"pages.month.m{day.month}"),
            day=day.day,
            year=day.year,
        )

    def day_at(self, at: datetime, timezone: str) -> str:
        """The day in `timezone`."""
        return self.day(at.astimezone(ZoneInfo(timezone)).date())

    def moment(self, at: datetime, timezone: str) -> str:
        """A day and the time of day in `timezone`."""
        local = at.astimezone(ZoneInfo(timezone))
        return self.say("pages.moment", day=self.day(local.date()), time=f"{local:%H:%M}")

    def choice(self, poll: Poll, choice: str) -> str:
        """A choice as it is printed: yes, no, abstain, or the option's own words."""
        options = poll.words(self.language).options
        if choice == ABSTAIN or not options:
            return self.say(f"pages.choice.{choice}")
        return f"{choice}. {options[int(choice) - 1]}"

    def share(self, share: Fraction) -> str:
        """A share as a rule states it: "more than half", "at least 2/3"."""
        if share == Fraction(1, 2):
            return self.say("pages.rule.more_than_half")
        return self.say("pages.rule.at_least", share=f"{share.numerator}/{share.denominator}")

    def rule(self, poll: Poll) -> list[str]:
        """The rule of a poll, one sentence for each thing it asks for."""
        sentences = [self._what_wins(poll)]
        # Yes and no cannot tie: yes meets what is asked of it or does not.
        if poll.method is not Method.YESNO or poll.tie_rule is not TieRule.NONE:
            sentences.append(self.say(f"pages.rule.ties.{poll.tie_rule}", source=poll.lot_source))
        if poll.quorum is not None:
            sentences.append(self.say("pages.rule.quorum", share=self.share(poll.quorum)))
        if poll.by_group:
            sentences.append(self.say("pages.rule.by_group"))
        return sentences

    def outcome(self, poll: Poll, result: Result) -> str:
        """What came of a poll."""
        said = outcome_in_words(poll, result, self.language, wording=self.wording)
        return said[:1].upper() + said[1:]

    def outages(self, poll: Poll, result: Result) -> str:
        """What outages mean for the result of a poll; "" where nobody was turned away."""
        return outages_in_words(poll, result, self.language, wording=self.wording)

    def _what_wins(self, poll: Poll) -> str:
        if poll.counting is Counting.MOST and poll.method is not Method.SCORE:
            return self._threshold(poll.threshold, yesno=poll.method is Method.YESNO)
        return self.say("pages.rule.counted", rule=counted_in_words(poll, self.language, wording=self.wording))

    def _threshold(self, threshold: Threshold, *, yesno: bool) -> str:
        if threshold.share == 0:
            return self.say("pages.rule.most_votes")
        base = self.say(f"pages.rule.of.{threshold.base}")
        key = "pages.rule.yes_needs" if yesno else "pages.rule.winner_needs"
        return self.say(key, share=self.share(threshold.share), of=base)

    def stage(self, stage: Stage) -> str:
        """The name of a topic's stage."""
        return self.say(f"pages.stage.{stage}")

    def stratum(self, label: str) -> str:
        """The label of a stratum ("east/female/65+") for a reader; groups keep the name that the roll gives them."""
        known = "pages.stratum."
        parts = (self.say(known + part) if self.wording.has(known + part) else part for part in label.split("/"))
        return " · ".join(parts)

    def kind(self, kind: str) -> str:
        """What an entry of the record tells, in words; its bare name where there are none."""
        key = f"public.record.kinds.{kind.replace('.', '_')}"
        return self.say(key) if self.wording.has(key) else kind

    def dial(self, number: PhoneNumber) -> str:
        """A community's own number in groups that can be read out."""
        return phonenumbers.format_number(phonenumbers.parse(number.e164), phonenumbers.PhoneNumberFormat.INTERNATIONAL)
