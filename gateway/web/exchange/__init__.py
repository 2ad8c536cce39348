"""For other systems: a REST interface with tokens, Open311, Popolo, FLOIP, tables; what is public, no person."""
