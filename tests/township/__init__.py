"""The level above: consultations and digests."""
