"""Real elections with known outcomes, cast again by text: `reading` makes them alike, `replaying` casts and counts."""
