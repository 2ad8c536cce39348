"""Driving the telephones: a JSON interface under /simulator, for the page and for code, from this machine only."""
