"""Delegates and officials: topics routed to them with a day to answer by, and days on which they receive residents."""
