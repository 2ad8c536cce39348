"""Messaging's tables and every query on them; no other room touches these tables."""
