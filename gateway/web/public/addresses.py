"""All addresses of the residents' pages: reading this module puts every page onto the one blueprint."""

from __future__ import annotations

from gateway.web.public import explorer, gatherings, promises, routes, sheets, township
from gateway.web.public.frame import blueprint

PAGES = (routes, gatherings, promises, explorer, sheets, township)

__all__ = ["PAGES", "blueprint"]
