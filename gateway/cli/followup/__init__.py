"""`xiangyin followup`: what was promised, by when, by whom; updates with photos; what residents say of it."""

from __future__ import annotations

from gateway.cli.followup import complaining, judging, promising
from gateway.cli.followup.group import group

__all__ = ["complaining", "group", "judging", "promising"]
