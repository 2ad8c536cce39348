"""Languages as the product names them: a lower-case code, the first part of a BCP 47 tag (`zh`, `en`, `yue`)."""

from __future__ import annotations

from gateway.kernel.errors import InputError

DEFAULT_LANGUAGE = "zh"


def parse_language(tag: str) -> str:
    """`zh-CN`, `ZH`, `zh_Hans` → `zh`. Raises InputError("language_unreadable")."""
    code = tag.strip().replace("_", "-").split("-")[0].lower()
    if not (2 <= len(code) <= 3 and code.isascii() and code.isalpha()):
        raise InputError("language_unreadable")
    return code
