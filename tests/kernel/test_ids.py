"""The check digit: every slip it promises to catch, tried out."""

from __future__ import annotations

import pytest

from gateway.kernel.ids import check_digit, has_valid_check_digit, with_check_digit

# All numbers of five digits: four and the check digit.
NUMBERS = [with_check_digit(f"{n:04d}") for n in range(10_000)]


def test_check_digit_of_the_published_example() -> None:
    assert check_digit("572") == "4"
    assert has_valid_check_digit("5724")


def test_check_digit_catches_every_wrong_digit() -> None:
    for number in NUMBERS:
        for place in range(5):
            for digit in "0123456789":
                if digit != number[place]:
                    assert not has_valid_check_digit(number[:place] + digit + number[place + 1 :])


def test_check_digit_catches_every_swap_of_neighbours() -> None:
    for number in NUMBERS:
        for place in range(4):
            swapped = number[:place] + number[place + 1] + number[place] + number[place + 2 :]
            assert swapped == number or not has_valid_check_digit(swapped)


@pytest.mark.parametrize("text", ["", "0", "12a4", "５７２４", "-5724", "57 24"])
def test_check_digit_refuses_what_is_no_number(text: str) -> None:
    assert not has_valid_check_digit(text)
