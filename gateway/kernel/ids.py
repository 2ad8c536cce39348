"""Numbers that people read out, key in and mistype: the check digit that catches the slip.

The check digit is Damm's (H. M. Damm, "Total anti-symmetrische Quasigruppen", 2004): it catches every single wrong
digit and every swap of neighbours, the two slips that make up most keying errors.
"""

from __future__ import annotations

# The quasigroup of order 10 published in Damm's thesis.
_DAMM = (
    (0, 3, 1, 7, 5, 9, 8, 6, 4, 2),
    (7, 0, 9, 2, 1, 5, 4, 8, 6, 3),
    (4, 2, 0, 6, 8, 7, 1, 3, 5, 9),
    (1, 7, 5, 0, 9, 8, 3, 4, 2, 6),
    (6, 1, 2, 3, 0, 4, 5, 9, 7, 8),
    (3, 6, 7, 4, 2, 0, 9, 5, 8, 1),
    (5, 8, 6, 9, 7, 2, 0, 1, 3, 4),
    (8, 9, 4, 5, 3, 6, 2, 0, 1, 7),
    (9, 4, 3, 8, 6, 1, 7, 2, 0, 5),
    (2, 5, 8, 1, 4, 3, 6, 7, 9, 0),
)
_ZERO = ord("0")


def check_digit(digits: str) -> str:
    """The digit to append to `digits` (ASCII digits only)."""
    interim = 0
    for digit in digits.encode("ascii"):
        interim = _DAMM[interim][digit - _ZERO]
    return str(interim)


def with_check_digit(digits: str) -> str:
    """`digits` followed by their check digit."""
    return digits + check_digit(digits)


def has_valid_check_digit(digits: str) -> bool:
    """Whether the last of `digits` is the right check digit for the others."""
    return len(digits) > 1 and digits.isascii() and digits.isdigit() and check_digit(digits) == "0"
