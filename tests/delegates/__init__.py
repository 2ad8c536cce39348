"""Delegates: referrals and reception days."""
