"""What is decided: polls, the sealed ballot box, counting, closing, receipts.

`actions` opens polls and takes ballots, `closing` counts and publishes them. The promise: after closing, nothing left
on disk links a person to a choice, because the keys are destroyed.
"""
