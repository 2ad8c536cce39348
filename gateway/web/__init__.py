"""The web: carriers' hooks and residents' pages in one app, the staff console in another."""
