"""The tables of following up, one file for each matter. No other room touches them."""
