"""Carriers: one folder each, with the same file names. They take and return the plain values of `port.py`."""
