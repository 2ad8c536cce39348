"""How the columns of a roll file are called and how one cell of each is read.

Files come from spreadsheets of village offices: Chinese or English headings, full-width digits, several numbers in a
cell, numbers that a spreadsheet has turned into `13800001234.0`.
"""

from __future__ import annotations

import re
import unicodedata

from gateway.kernel.errors import InputError
from gateway.kernel.languages import parse_language
from gateway.kernel.phones import PhoneNumber, parse_phone
from gateway.roll.model import PIN, RESIDENT_CODE, Channel, is_easy_pin

LONGEST_CELL = 100
OLDEST_BIRTH_YEAR = 1900

_NAMES = {
    "name": ("name", "姓名", "名字", "居民姓名"),
    "phone": ("phone", "phone1", "mobile", "电话", "手机", "电话号码", "手机号", "手机号码", "联系电话", "电话1"),
    "phone2": ("phone2", "电话2", "手机2", "备用电话", "其他电话"),
    "phone3": ("phone3", "电话3", "手机3"),
    "code": ("code", "编号", "代码", "居民编号", "个人编号"),
    "pin": ("pin", "密码", "个人密码"),
    "household": ("household", "户", "户号", "门牌", "门牌号", "家庭"),
    "group": ("group", "组", "小组", "村民小组", "组别"),
    "gender": ("gender", "sex", "性别"),
    "birth_year": ("birth_year", "birthyear", "year_of_birth", "出生年", "出生年份"),
    "language": ("language", "语言", "方言"),
    "channel": ("channel", "渠道", "方式", "联系方式"),
    "reads": ("reads", "reads_texts", "看短信", "会看短信", "识字"),
    "away": ("away", "外出", "在外", "是否外出", "外出务工"),
    "consent": ("consent", "同意", "是否同意", "同意联系"),
}
_COLUMN_OF = {alias: column for column, aliases in _NAMES.items() for alias in aliases}
PHONE_COLUMNS = ("phone", "phone2", "phone3")

_CHANNELS = {"text": Channel.TEXT, "sms": Channel.TEXT, "短信": Channel.TEXT,
             "call": Channel.CALL, "voice": Channel.CALL, "电话": Channel.CALL, "语音": Channel.CALL}  # fmt: skip
_GENDERS = {"f": "female", "female": "female", "女": "female", "m": "male", "male": "male", "男": "male",
            "other": "other", "其他": "other", "其它": "other"}  # fmt: skip
_YES = {"yes", "y", "true", "1", "是", "有", "对", "同意", "√", "✓"}
_NO = {"no", "n", "false", "0", "否", "无", "不", "不同意", "×"}
_SPOKEN = {"普通话": "zh", "中文": "zh", "汉语": "zh", "粤语": "yue", "广东话": "yue", "英语": "en", "英文": "en"}


def column_of(heading: str) -> str | None:
    """The column that a heading means, in any case, in English or Chinese; None when we know no such column."""
    return _COLUMN_OF.get(re.sub(r"[\s-]+", "_", plain(heading).lower()).strip("_"))


def plain(cell: str) -> str:
    """The cell without outer space, full-width letters and digits made plain."""
    return cell.strip() if cell.isascii() else unicodedata.normalize("NFKC", cell).strip()


def read_short(cell: str) -> str:
    """Any words that fit; InputError("cell_too_long")."""
    if len(cell) > LONGEST_CELL:
        raise InputError("cell_too_long", most=LONGEST_CELL)
    return cell


def read_phones(cell: str, region: str | None) -> list[PhoneNumber]:
    """The numbers in a cell, parted by `/`, `;` or `、`; InputError("phone_unreadable")."""
    pieces = [re.sub(r"\.0+$", "", piece.strip()) for piece in re.split(r"[/;、]", cell)]
    return [parse_phone(piece, region) for piece in pieces if piece]


def read_code(cell: str) -> str:
    """A code as the operator gives it, 3 to 10 digits; InputError("code_unreadable")."""
    if not RESIDENT_CODE.fullmatch(cell):
        raise InputError("code_unreadable")
    return cell


def read_pin(cell: str) -> str:
    """Four digits that are not too easy; InputError("pin_unreadable" or "pin_too_easy")."""
    if not PIN.fullmatch(cell):
        raise InputError("pin_unreadable")
    if is_easy_pin(cell):
        raise InputError("pin_too_easy")
    return cell


def read_birth_year(cell: str, this_year: int) -> int:
    """A year from 1900 to `this_year`; InputError("birth_year_unreadable")."""
    digits = cell.removesuffix("年").removesuffix(".0")
    if not re.fullmatch(r"[0-9]{4}", digits) or not OLDEST_BIRTH_YEAR <= int(digits) <= this_year:
        raise InputError("birth_year_unreadable", oldest=OLDEST_BIRTH_YEAR, newest=this_year)
    return int(digits)


def read_language(cell: str) -> str:
    """A language code or one of the usual Chinese names of a language; InputError("language_unreadable")."""
    return _SPOKEN.get(cell) or parse_language(cell)


def read_channel(cell: str) -> Channel:
    """`text`, `call` or a usual word for them; InputError("channel_unreadable")."""
    if cell.lower() not in _CHANNELS:
        raise InputError("channel_unreadable")
    return _CHANNELS[cell.lower()]


def read_gender(cell: str) -> str:
    """`female`, `male` or `other`; InputError("gender_unreadable")."""
    if cell.lower() not in _GENDERS:
        raise InputError("gender_unreadable")
    return _GENDERS[cell.lower()]


def read_yes_no(cell: str) -> bool:
    """Yes or no as people write it; InputError("yes_no_unreadable")."""
    word = cell.lower()
    if word not in _YES and word not in _NO:
        raise InputError("yes_no_unreadable")
    return word in _YES
