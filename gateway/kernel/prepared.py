"""Statements that run with every text and every report: compiled once, then run on the driver's own cursor.

Elsewhere SQLAlchemy runs the statements, which costs more than such a statement itself. What is prepared here is
written in Core all the same, in the rooms' stores, so that one text is right on both databases; values are converted
as Core converts them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy import Dialect
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import PoolProxiedConnection

Values = Mapping[str, Any]


class _Form:
    """One statement in one dialect."""

    def __init__(self, statement: Any, dialect: Dialect) -> None:
        compiled = statement.compile(dialect=dialect)
        self.sql: str = compiled.string
        self._order: list[str] | None = compiled.positiontup
        self._fixed: dict[str, Any] = {}
        self._converts: list[tuple[str, Callable[[Any], Any]]] = []
        for name, bind in compiled.binds.items():
            if bind.expanding or bind.literal_execute:
                raise ValueError("a list of changing length cannot be prepared")
            convert = bind.type.dialect_impl(dialect).bind_processor(dialect)
            if not bind.required:
                self._fixed[name] = convert(bind.value) if convert else bind.value
            elif convert:
                self._converts.append((name, convert))
        columns = tuple(getattr(statement, "exported_columns", ()))
        self.returns_rows = bool(columns)
        results = [column.type.dialect_impl(dialect).result_processor(dialect, None) for column in columns]
        self._results = results if any(results) else None

    def parameters(self, values: Values) -> Any:
        """`values`, with what is fixed in the statement, as the driver wants them."""
        given = {**self._fixed, **values}
        for name, convert in self._converts:
            given[name] = convert(given[name])
        return given if self._order is None else [given[name] for name in self._order]

    def converted(self, rows: list[Any]) -> list[Any]:
        """The rows with their values as Core gives them."""
        if self._results is None:
            return rows
        return [
            tuple(convert(value) if convert else value for value, convert in zip(row, self._results, strict=True))
            for row in rows
        ]


class Prepared:
    """A statement of Core with named values (`bindparam`), ready to be run again and again."""

    def __init__(self, statement: Any) -> None:
        self._statement = statement
        self._forms: dict[str, _Form] = {}

    def run(self, connection: PoolProxiedConnection, dialect: Dialect, values: Values) -> tuple[list[Any], int]:
        """The rows it gives, as tuples, and how many rows it changed. Errors are SQLAlchemy's, as everywhere else."""
        form = self._forms.get(dialect.name)
        if form is None:
            form = self._forms[dialect.name] = _Form(self._statement, dialect)
        driver: Any = connection.driver_connection
        errors = dialect.loaded_dbapi.Error
        cursor = driver.cursor()
        try:
            cursor.execute(form.sql, form.parameters(values))
            return form.converted(cursor.fetchall()) if form.returns_rows else [], cursor.rowcount
        except errors as error:
            if dialect.is_disconnect(error, driver, None):
                connection.invalidate(error)
            raise DBAPIError.instance(form.sql, None, error, errors, hide_parameters=True, dialect=dialect) from None
        finally:
            # A query that is not read to its end would hold a lock as long as anybody remembers it.
            cursor.close()
