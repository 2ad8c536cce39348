"""What every room may lean on: database, clock, identifiers, errors, secrets, telephone numbers, logs."""
