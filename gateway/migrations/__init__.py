"""The history of the tables, one numbered file per change (Alembic). Stands alone: imports no room."""
