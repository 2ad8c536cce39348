"""Languages as the product names them: a lower-case code, the first part of a BCP 47 tag (`zh`, `en`, `yue`)."""

from __future__ import annotations

import re

from gateway.kernel.errors import InputError

DEFAULT_LANGUAGE = "zh"
# ISO 639: two letters, or three where there are no two.
_CODE = re.compile(r"[a-z]{2,3}")


def parse_language(tag: str) -> str:
    """`zh-CN`, `ZH`, `zh_Hans` → `zh`. Raises InputError("language_unreadable")."""
    code = tag.strip().replace("_", "-").split("-")[0].lower()
    if not _CODE.fullmatch(code):
        raise InputError("language_unreadable")
    return code
