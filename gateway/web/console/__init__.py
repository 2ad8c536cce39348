"""The staff console: what a clerk does, one page each. Apart from the public one, with its own cookie and port."""
