"""The public, tamper-evident record: an append-only Merkle tree of what was done, without names, phones or choices."""
