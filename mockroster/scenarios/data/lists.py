"""Scenarios with wrong rows in the list of a parent."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache

from werkzeug.wrappers import Response

from mockroster.errors import UnknownObject
from mockroster.roster.record import Record
from mockroster.scenarios.base import ReplyScenario, parameter
from mockroster.scenarios.exchange import Exchange
from mockroster.scenarios.rng import Rng
from mockroster.standard.model import Operation
from mockroster.standard.versions import VERSIONS


@dataclass(frozen=True)
class StudentsIncludeTeachers(ReplyScenario):
    """The students of a class include everybody enrolled in it, such as its teachers.

    Enrollments are unchanged and have the right roles.

    Source: row 81 of the quirks table.
    """

    name = "students-include-teachers"

    def replace_operation(self, exchange: Exchange, operation: Operation) -> Operation:
        """Read the users of all roles."""
        return _any_role(operation) if operation.name in _STUDENTS_OF_CLASS else operation


_STUDENTS_OF_CLASS = {"getStudentsForClass", "getStudentsForClassInSchool"}


@cache
def _any_role(operation: Operation) -> Operation:
    """Return the operation without its condition on the role."""
    if operation.narrowing is None:
        return operation
    match = {name: value for name, value in operation.narrowing.match.items() if name != "role"}
    narrowing = replace(operation.narrowing, match=match)
    return replace(operation, narrowing=narrowing, rows=replace(operation.rows, where={}))


@dataclass(frozen=True)
class CurrentClassesOnly(ReplyScenario):
    """The classes of a teacher are limited to current terms; past and future ones are missing.

    The current day is that of the sandbox's clock. Other lists have all classes.

    Source: row 151 of the quirks table.
    """

    name = "current-classes-only"

    def order(self, exchange: Exchange, records: list[Record]) -> list[Record]:
        """Remove classes without a current term."""
        if exchange.operation is None or exchange.operation.name != "getClassesForTeacher":
            return records
        today = exchange.sandbox.clock.now().date().isoformat()
        terms = exchange.sandbox.overlay.tables["academicSessions"]
        current = [
            record for record in records if any(_is_current(terms.get(name), today) for name in record.get("terms", ()))
        ]
        return records if len(current) == len(records) else current


def _is_current(term: Record | None, day: str) -> bool:
    """Return whether a day is in a term. The end date is the first day after the term."""
    return term is not None and term["startDate"] <= day < term["endDate"]


@dataclass(frozen=True)
class AllCategories(ReplyScenario):
    """The categories of a class are those of all classes.

    Source: row 78 of the quirks table.
    """

    name = "all-categories"

    def replace_operation(self, exchange: Exchange, operation: Operation) -> Operation:
        """Read the categories of all classes."""
        return _without_narrowing(operation) if operation.name == "getCategoriesForClass" else operation


@cache
def _without_narrowing(operation: Operation) -> Operation:
    return replace(operation, narrowing=None)


@dataclass(frozen=True)
class AccountsOnly(ReplyScenario):
    """A share of the users has no account and is missing in 1.1: in lists, and by sourcedId (404). 1.2 shows them.

    Enrollments and other records refer to them in both versions.

    Source: row 121 of the quirks table.
    """

    name = "accounts-only"
    share: float = parameter(0.1, "share of the users without an account", least=0, most=1)

    def before_operation(self, exchange: Exchange) -> Response | None:
        """Refuse to read a missing user."""
        name = exchange.path.get("sourcedId")
        if name is None or not _reads_users_of_1_1(exchange) or self._has_account(exchange, name):
            return None
        return exchange.failure(404, f"no user has the sourcedId {name[:255]!r}", error=UnknownObject())

    def order(self, exchange: Exchange, records: list[Record]) -> list[Record]:
        """Remove the missing users."""
        if not _reads_users_of_1_1(exchange):
            return records
        kept = [record for record in records if self._has_account(exchange, record["sourcedId"])]
        return records if len(kept) == len(records) else kept

    def _has_account(self, exchange: Exchange, name: str) -> bool:
        return Rng(exchange.sandbox.seed, self.name).of(name) >= self.share


def _reads_users_of_1_1(exchange: Exchange) -> bool:
    operation = exchange.operation
    return operation is not None and operation.resource.collection == "users" and exchange.version == VERSIONS.oldest.id
