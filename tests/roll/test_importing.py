"""Reading a roll file: what village offices send is understood, and what is wrong is named by line and column."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest

from gateway.kernel.secret import Secret
from gateway.roll.entering import give_pins
from gateway.roll.explaining import explain_problem
from gateway.roll.importing import parse_roll
from gateway.roll.model import Channel
from gateway.wording.catalogue import Wording
from tests.fakes import SeededRandomness

SHEET = "姓名,电话,备用电话,户号,小组,性别,出生年份,语言,方式,外出,同意\n王秀英,13812345678,0571-87654321,１２,三组,女,１９４８年,粤语,电话,否,是\n"


def _problems(text: str) -> list[tuple[int, str, str]]:
    return [(p.line, p.column, p.code) for p in parse_roll(text.encode(), region="CN", this_year=2026).problems]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_parse_reads_chinese_sheets_in_every_form(encoding: str, delimiter: str) -> None:
    parsed = parse_roll(SHEET.replace(",", delimiter).encode(encoding), region="CN")
    assert not parsed.problems
    (row,) = parsed.rows
    assert (row.name, row.household, row.group, row.gender, row.birth_year) == ("王秀英", "12", "三组", "female", 1948)
    assert [phone.e164 for phone in row.phones] == ["+8613812345678", "+8657187654321"]
    assert (row.language, row.channel, row.away, row.consent) == ("yue", Channel.CALL, False, True)


def test_parse_takes_english_headings_in_any_case_and_order() -> None:
    parsed = parse_roll(b"PHONE, Birth Year ,Name\n13812345678,1950,Wang\n", region="CN")
    assert not parsed.problems
    assert (parsed.rows[0].name, parsed.rows[0].birth_year) == ("Wang", 1950)


def test_parse_takes_full_width_numbers_and_several_in_a_cell() -> None:
    parsed = parse_roll(
        "name,phone\n王,１３８１２３４５６７８/+852 2345 6789\n李,13812345678.0\n".encode(), region="CN"
    )
    assert [[phone.e164 for phone in row.phones] for row in parsed.rows] == [
        ["+8613812345678", "+85223456789"],
        ["+8613812345678"],
    ]


def test_parse_needs_a_name_column_and_nothing_else() -> None:
    assert not parse_roll(b"name\nWang\n", region=None).problems
    assert _problems("phone\n13812345678\n") == [(1, "name", "column_missing")]


def test_parse_names_every_bad_cell_by_line_and_column() -> None:
    bad = (
        "name,phone,phone2,code,pin,gender,birth_year,language,channel,away,consent\n"
        "Good,13812345678,,20472,7351,f,1950,zh,text,no,yes\n"
        ",12,abc,12,123,x,1850,?,fax,perhaps,si\n"
        "\n"
        "Easy,,,,1234,,2027,,,,\n"
        "Same,,,20472,,,,,,,\n"
    )
    line3 = ["name", "phone", "phone2", "code", "pin", "gender", "birth_year", "language", "channel", "away", "consent"]
    found = _problems(bad)
    assert sorted(column for line, column, _ in found if line == 3) == sorted(line3)
    assert [p for p in found if p[0] != 3] == [
        (5, "pin", "pin_too_easy"),
        (5, "birth_year", "birth_year_unreadable"),
        (6, "code", "code_twice"),
    ]


def test_parse_counts_lines_as_an_editor_does() -> None:
    assert _problems('name,household,code\nA,"two\nlines",20475\nB,,1\n') == [(4, "code", "code_unreadable")]


def test_parse_refuses_one_person_twice_but_not_two_with_codes() -> None:
    assert _problems("name,phone\n王伟,13812345678\n王伟,13812345678\n") == [(3, "name", "person_twice")]
    assert _problems("name,phone,code\n王伟,13812345678,20475\n王伟,13812345678,30011\n") == []
    assert _problems("name,birth_year\n王伟,1950\n王伟,1980\n") == []


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "file_empty"),
        (b"name\n", "nobody_in_file"),
        (b"PK\x03\x04\0\0\0", "file_unreadable"),
        (b"name\n\xff\xff\xff", "file_unreadable"),
        (b'name\n"Wang\nLi\n', "line_unreadable"),
        (b"name,name\nA,B\n", "column_twice"),
        (b"name\nA,B\n", "too_many_cells"),
        (b"name\n" + b"x" * 101 + b"\n", "cell_too_long"),
    ],
)
def test_parse_refuses_what_is_no_roll(data: bytes, code: str) -> None:
    assert [problem.code for problem in parse_roll(data, region="CN").problems] == [code]


def test_parse_warns_of_what_is_odd() -> None:
    parsed = parse_roll("name,phone,code,备注\n王,19912345,20475,x\n李,,20471,\n".encode(), region="CN")
    assert not parsed.problems
    found = {warning.code: warning for warning in parsed.warnings}
    assert found["phone_unusual"].line == 2
    assert found["column_ignored"].params == {"position": 4}
    assert found["people_without_phone"].params == {"count": 1}
    assert found["consent_not_stated"].params == {"count": 2}
    # 20472 would be valid: 2047 has the check digit 2.
    assert found["codes_without_check_digit"].params == {"count": 2}


@pytest.mark.parametrize("language", ["zh", "en"])
def test_problems_are_explained_and_quote_no_cell(wording: Wording, language: str) -> None:
    text = "name,phone,code,pin,gender,birth_year,language,channel,away\n,1399,77777777777,9,zz,18,99,fax,dunno\n"
    for problem in parse_roll(text.encode(), region="CN").problems:
        sentence = explain_problem(problem, wording, language)
        assert "2" in sentence
        assert problem.code not in sentence
        assert not any(cell in sentence for cell in ("1399", "77777777777", "zz", "fax", "dunno"))


def test_rows_show_no_number_and_no_pin() -> None:
    (row,) = parse_roll(b"name,phone,pin\nWang,13812345678,7351\n", region="CN").rows
    assert "13812345678" not in repr(row)
    assert "7351" not in repr(row)


def test_large_file_is_read_and_gets_pins(figure: Callable[[str], None]) -> None:
    lines = [f"张{n},1381{n:07d},{n // 3},{n % 7}组,{1940 + n % 60}" for n in range(3000)]
    data = "\n".join(["name,phone,household,group,birth_year", *lines]).encode()
    start = time.perf_counter()
    parsed = parse_roll(data, region="CN")
    read = time.perf_counter()
    give_pins(parsed.rows, randomness=SeededRandomness(), secret=Secret(b"s" * 32))
    hashed = time.perf_counter()
    figure(
        f"roll file: {3000 / (read - start):,.0f} lines/s read, {3000 / (hashed - read):,.0f} PINs/s made and hashed"
    )
    assert len(parsed.rows) == 3000
