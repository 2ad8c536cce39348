"""What a ballot may say: every method's form, written in one way only, and never longer than its sealed room."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.polls.model import ABSTAIN, BallotForm, Method, approved, option_codes, points, ranking

FORMS = {
    "yesno": BallotForm(Method.YESNO),
    "single": BallotForm(Method.SINGLE, 12, 1),
    "approval": BallotForm(Method.APPROVAL, 12, 3),
    "ranked": BallotForm(Method.RANKED, 4, 4),
    "score": BallotForm(Method.SCORE, 4, 4, 10),
    "budget": BallotForm(Method.BUDGET, 4, 4, 0, (50, 60, 10, 40), 100),
}
GOOD = {
    "yesno": ["yes", "no"],
    "single": ["1", "9", "12"],
    "approval": ["2", "1,3", "2,10,12"],
    "ranked": ["3", "3>1", "4>1>3>2"],
    "score": ["1=0", "1=10", "1=5,2=0", "1=10,2=10,3=10,4=10"],
    "budget": ["1,4", "1,3,4", "2"],
}
BAD = {
    "yesno": ["1", "Yes", "maybe"],
    "single": ["0", "13", "01", "1,2", "１", "-1", "+1", " 1"],
    "approval": ["1,1", "3,1", "1,2,3,4", "1,13", "1,", ",", "1, 2", "1>2"],
    "ranked": ["3>3", "5", "3>", ">", "1,2", "1>02", "1>2>3>4>1"],
    "score": ["1=11", "2=1,1=1", "1", "1=", "=1", "1=1,1=2", "5=1", "1=01", "1=-1", "1==1", "1=1=1", "1=²"],
    "budget": ["1,2", "2,4,3", "1,2,3,4"],
}


@pytest.mark.parametrize("method", Method)
def test_choice_of_its_method_is_allowed_and_so_is_abstention(method: Method) -> None:
    form = FORMS[method]
    assert [choice for choice in (*GOOD[method], ABSTAIN) if not form.allows(choice)] == []


@pytest.mark.parametrize("method", Method)
def test_choice_that_is_none_is_refused(method: Method) -> None:
    form = FORMS[method]
    assert [choice for choice in (*BAD[method], "", "x", "1" * 5000) if form.allows(choice)] == []


def test_budget_that_is_no_knapsack_has_no_limit_of_cost() -> None:
    assert BallotForm(Method.BUDGET, 4, 4, 0, (50, 60, 10, 40)).allows("1,2,3,4")


def every_choice(form: BallotForm) -> st.SearchStrategy[str]:
    """Choices that are rather long."""
    options = st.lists(st.integers(1, max(1, form.options)), unique=True, min_size=1, max_size=max(1, form.most))
    written = {
        Method.RANKED: options.map(lambda some: ">".join(map(str, some))),
        Method.SCORE: options.map(lambda some: ",".join(f"{one}={form.score_max}" for one in sorted(some))),
        Method.YESNO: st.sampled_from(["yes", "no", ABSTAIN]),
    }
    return written.get(form.method, options.map(lambda some: ",".join(map(str, sorted(some)))))


@given(
    st.sampled_from(Method).flatmap(
        lambda method: st.builds(
            BallotForm, st.just(method), st.integers(2, 99), st.integers(1, 99), st.integers(1, 99)
        ).filter(lambda form: form.most <= form.options and (form.method is not Method.SINGLE or form.most == 1))
    ).flatmap(lambda form: st.tuples(st.just(form), every_choice(form)))
)  # fmt: skip
def test_longest_choice_has_room_for_every_choice(drawn: tuple[BallotForm, str]) -> None:
    form, choice = drawn
    assert form.allows(choice)
    assert len(choice) <= form.longest


def test_longest_choice_of_99_options_is_as_long_as_it_can_be() -> None:
    everything = [str(number) for number in range(1, 100)]
    assert BallotForm(Method.RANKED, 99, 99).longest == len(">".join(everything))
    assert BallotForm(Method.SCORE, 99, 99, 99).longest == len(",".join(f"{one}=99" for one in everything))
    assert BallotForm(Method.APPROVAL, 99, 2).longest == len(ABSTAIN)


def test_choices_are_read_as_they_are_written() -> None:
    assert approved("1,3") == ("1", "3")
    assert ranking("3>1>2") == ("3", "1", "2")
    assert points("1=5,12=0") == {"1": 5, "12": 0}
    assert (approved(ABSTAIN), ranking(ABSTAIN), points(ABSTAIN)) == ((), (), {})
    assert option_codes(Method.YESNO, 0) == ("yes", "no")
