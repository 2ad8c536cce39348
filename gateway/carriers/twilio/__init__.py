"""Twilio, and every carrier that speaks like it."""
