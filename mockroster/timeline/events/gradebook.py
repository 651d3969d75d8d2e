"""The gradebook: work that is assigned and graded, and the grades of a grading period."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Self
from zlib import crc32

from mockroster.district.curriculum import CORE, ELECTIVES, ELEMENTARY, HOMEROOM
from mockroster.district.line_items import WORK_KINDS
from mockroster.district.streams import Deck, Stream
from mockroster.errors import EventRefused
from mockroster.roster.defaults import with_defaults
from mockroster.roster.record import Record
from mockroster.timeline.agenda import Agenda
from mockroster.timeline.base import Event, Rate, parameter
from mockroster.timeline.classes import candidate_classes
from mockroster.timeline.occasion import Occasion
from mockroster.timeline.population import STUDENT, Population, is_active

_GRADED_IN_DAYS = 7
_LONGEST_GRADING = 3
_STATUSES = Deck(
    {"fully graded": 0.88, "submitted": 0.04, "partially graded": 0.03, "not submitted": 0.04, "exempt": 0.01}
)
_FLAGS = {"partially graded": "incomplete", "not submitted": "missing"}
_TITLES = {kind.category: kind for kind in WORK_KINDS}
_TOPICS = {subject.name: subject.topics for subject in (HOMEROOM, *ELEMENTARY, *CORE, *ELECTIVES)}
_PERIOD_GRADE = "Grade of "


def gradebook_classes(agenda: Agenda) -> list[Record]:
    """Return the classes that keep their gradebook in the system: a share of all, up to a number, by their ids."""
    if _MEMORY not in agenda.memory:
        agenda.memory[_MEMORY] = _choose_classes(agenda) if _has_gradebook(agenda.population) else []
    found: list[Record] = agenda.memory[_MEMORY]
    return found


_MEMORY = "gradebook classes"


def _choose_classes(agenda: Agenda) -> list[Record]:
    classes = agenda.population.current_classes()
    wanted = min(round(agenda.rate("gradebook-share") * len(classes) + 0.499), int(agenda.rate("gradebook-classes")))
    chosen = sorted(classes, key=lambda each: (crc32(each["sourcedId"].encode()), each["sourcedId"]))[:wanted]
    return sorted(chosen, key=lambda each: str(each["sourcedId"]))


def _has_gradebook(population: Population) -> bool:
    """Return whether the roster has categories, without which there is no line item."""
    return any(is_active(category) for category in population.overlay.tables["categories"])


@dataclass(frozen=True)
class WorkAssigned(Event):
    """A teacher publishes a line item, due in the next days.

    Source: assumption.
    """

    name = "work-assigned"
    rates = (
        Rate("work-assigned", 1.5, "per class with a gradebook and school week", "assumption: 1 to 2 a week"),
        Rate("gradebook-share", 0.1, "share of the classes that have a gradebook", "assumption"),
        Rate("gradebook-classes", 100, "most classes that have a gradebook", "bound of what a server keeps in memory"),
    )
    sourcedId: str = parameter("", "sourcedId of the class")

    def happen(self, occasion: Occasion) -> None:
        """Add a line item."""
        if not _has_gradebook(occasion.population):
            raise EventRefused("the roster has no categories, and so no gradebook")
        for class_ in candidate_classes(occasion, self.sourcedId):
            due = self._due(occasion, class_)
            if due:
                occasion.draft.put("lineItems", self._line_item(occasion, class_, due))
                return
        raise EventRefused("no class has school days left for work to be due")

    def _due(self, occasion: Occasion, class_: Record) -> str:
        """Return a weekday in the next days on which the class still meets, or an empty string."""
        window = occasion.population.window(class_)
        due = occasion.day + timedelta(days=2 + occasion.stream.below(4))
        due += timedelta(days=max(0, 7 - due.weekday()) if due.weekday() > 4 else 0)
        return due.isoformat() if window and window[0] <= occasion.today and due.isoformat() < window[1] else ""

    def _line_item(self, occasion: Occasion, class_: Record, due: str) -> Record:
        stream = occasion.stream_of("work")
        category = occasion.population.get("categories", self._category(occasion, class_, stream)) or Record()
        kind = _TITLES.get(category.get("title", ""), WORK_KINDS[0])
        topics = _TOPICS.get((class_.get("subjects") or [""])[0], HOMEROOM.topics)
        members = {
            "title": f"{kind.title}: {stream.pick(topics)}",
            "assignDate": occasion.at,
            "dueDate": f"{due}T{12 + stream.below(4):02d}:00:00.000Z",
            "class": class_["sourcedId"],
            "school": class_["school"],
            "category": category.get("sourcedId"),
            "resultValueMin": 0,
            "resultValueMax": kind.points,
        }
        return complete(occasion, class_, members)

    def _category(self, occasion: Occasion, class_: Record, stream: Stream) -> str:
        return stream.pick(categories_of(occasion.population, class_))

    @classmethod
    def schedule(cls, agenda: Agenda) -> Iterable[Self]:
        """Return the work of the day, each with its class."""
        if not agenda.school_day:
            return []
        stream, share = agenda.stream(cls.name), min(1.0, agenda.rate(cls.name) / 5)
        return [cls(sourcedId=class_["sourcedId"]) for class_ in gradebook_classes(agenda) if stream.chance(share)]


def categories_of(population: Population, class_: Record) -> list[str]:
    """Return the categories that the line items of a class use, or else those of its school, or else all."""
    for member, value in (("class", class_["sourcedId"]), ("school", class_["school"])):
        used = sorted({item["category"] for item in population.active("lineItems", member, value)})
        found = [name for name in used if is_active(population.get("categories", name) or Record())]
        if found:
            return found
    return sorted(category["sourcedId"] for category in population.overlay.tables["categories"] if is_active(category))


def complete(occasion: Occasion, class_: Record, members: dict[str, Any]) -> Record:
    """Return a new line item with its grading period and its term."""
    item = with_defaults(occasion.population.overlay, "lineItems", occasion.new("lineItems", members))
    due = item["dueDate"][:10]
    for term in class_["terms"]:
        session = occasion.population.get("academicSessions", term)
        if session and session["startDate"] <= due < session["endDate"]:
            return Record({**item, "academicSession": term})
    return item


@dataclass(frozen=True)
class WorkGraded(Event):
    """The results of a line item are entered for about 90 % of its class; work that has results is corrected.

    Results may be late, missing or incomplete; a correction changes about 3 % of the scores.
    Source: assumption.
    """

    name = "work-graded"
    rates = (
        Rate("work-graded", 0.9, "share of the students of a class who have a result", "assumption"),
        Rate("work-corrected", 0.03, "share of the results that are corrected in the week after", "assumption"),
    )
    sourcedId: str = parameter("", "sourcedId of the line item")
    share: float = parameter(0.9, "share of the students who have a result", least=0.0, most=1.0)
    corrected: float = parameter(0.03, "share of the results that a correction changes", least=0.0, most=1.0)

    def happen(self, occasion: Occasion) -> None:
        """Enter or correct results."""
        for item in self._items(occasion):
            results = occasion.population.active("results", "lineItem", item["sourcedId"])
            graded = {result["student"] for result in results}
            seats = occasion.population.members(item["class"], STUDENT)
            waiting = [seat["user"] for seat in seats if seat["user"] not in graded]
            if results and self._correct(occasion, item, results):
                return
            if not results and waiting:
                self._enter(occasion, item, waiting)
                return
        raise EventRefused("no line item of a current class has students or results to grade")

    def _items(self, occasion: Occasion) -> Iterator[Record]:
        if self.sourcedId:
            yield occasion.find("lineItems", self.sourcedId)
            return
        for class_ in candidate_classes(occasion, ""):
            items = occasion.population.active("lineItems", "class", class_["sourcedId"])
            yield from sorted(items, key=lambda item: (item["dueDate"] > occasion.at, item["dueDate"]))

    def _enter(self, occasion: Occasion, item: Record, students: Sequence[str]) -> None:
        stream = occasion.stream_of("results")
        chosen = [student for student in students if stream.chance(self.share)] or students[:1]
        for student in chosen:
            occasion.draft.put("results", _result(occasion, item, student, stream))

    def _correct(self, occasion: Occasion, item: Record, results: Sequence[Record]) -> bool:
        stream = occasion.stream_of(f"corrections/{item['sourcedId']}")
        chosen = [result for result in results if stream.chance(self.corrected)]
        most = int(item.get("resultValueMax", 100))
        for result in chosen:
            score = result.get("score", 0)
            other = min(most, score + 1 + stream.below(3)) if score < most else max(0, score - 1)
            members = {"score": other, "scoreStatus": "fully graded", "missing": None, "incomplete": None}
            occasion.draft.change("results", result["sourcedId"], **members, scoreDate=occasion.today)
        return bool(chosen)

    @classmethod
    def schedule(cls, agenda: Agenda) -> Iterable[Self]:
        """Return the line items that are graded or corrected on the day."""
        if not agenda.school_day:
            return []
        classes = {class_["sourcedId"] for class_ in gradebook_classes(agenda)}
        options = {"share": min(1.0, agenda.rate(cls.name)), "corrected": min(1.0, agenda.rate("work-corrected"))}
        return [cls(sourcedId=item["sourcedId"], **options) for item in _items_of_day(agenda, classes)]


def _items_of_day(agenda: Agenda, classes: Collection[str]) -> Iterator[Record]:
    """Yield the line items of classes that are graded on a day, one to three days after they are due, or corrected."""
    for back in range(1, _GRADED_IN_DAYS + 1):
        due = agenda.day - timedelta(days=back)
        of_day = agenda.population.due_on(due.isoformat())
        for item in (item for item in of_day if item["class"] in classes):
            lag = 1 + crc32(item["sourcedId"].encode()) % _LONGEST_GRADING
            has_results = bool(agenda.population.active("results", "lineItem", item["sourcedId"]))
            if (not has_results and back >= lag) or (has_results and back == _GRADED_IN_DAYS):
                yield item


def _result(occasion: Occasion, item: Record, student: str, stream: Stream) -> Record:
    status = _STATUSES.draw(stream)
    most = int(item.get("resultValueMax", 100))
    share = {"fully graded": 1 - 0.5 * stream.random() * stream.random(), "partially graded": 0.5 * stream.random()}
    members: dict[str, Any] = {
        "lineItem": item["sourcedId"],
        "student": student,
        "class": item["class"],
        "scoreStatus": status,
        "score": round(most * share.get(status, 0.0)),
        "scoreDate": occasion.today,
    }
    if status in _FLAGS:
        members[_FLAGS[status]] = True
    elif status == "fully graded" and stream.chance(0.06):
        members["late"] = True
    return occasion.new("results", members)


@dataclass(frozen=True)
class GradesPosted(Event):
    """The grades of a grading period are posted: a line item of the class, and one result per student.

    Source: assumption.
    """

    name = "grades-posted"
    rates = (Rate("grades-posted", 1, "share of the classes with a gradebook", "assumption"),)
    sourcedId: str = parameter("", "sourcedId of the class")

    def happen(self, occasion: Occasion) -> None:
        """Add a line item with results."""
        if not _has_gradebook(occasion.population):
            raise EventRefused("the roster has no categories, and so no gradebook")
        for class_ in candidate_classes(occasion, self.sourcedId):
            period = _period(occasion.population, class_, occasion.today)
            seats = occasion.population.members(class_["sourcedId"], STUDENT)
            if period is not None and seats:
                self._post(occasion, class_, period, [seat["user"] for seat in seats])
                return
        raise EventRefused("no current class has students, and a grading period or a term that includes the day")

    def _post(self, occasion: Occasion, class_: Record, period: Record, students: list[str]) -> None:
        stream = occasion.stream_of("grades")
        title = f"{_PERIOD_GRADE}{period['title']}"
        known = occasion.population.active("lineItems", "class", class_["sourcedId"])
        item = next((known_item for known_item in known if known_item["title"] == title), None)
        if item is None:
            members = {
                "title": title,
                "assignDate": occasion.at,
                "dueDate": occasion.at,
                "class": class_["sourcedId"],
                "school": class_["school"],
                "category": categories_of(occasion.population, class_)[0],
                "resultValueMin": 0,
                "resultValueMax": 100,
            }
            item = occasion.draft.put("lineItems", complete(occasion, class_, members))
        graded = {result["student"] for result in occasion.population.active("results", "lineItem", item["sourcedId"])}
        for student in students:
            if student not in graded:
                values = {"lineItem": item["sourcedId"], "student": student, "class": class_["sourcedId"]}
                values |= {"scoreStatus": "fully graded", "scoreDate": occasion.today}
                score = round(100 * (1 - 0.5 * stream.random() * stream.random()))
                occasion.draft.put("results", occasion.new("results", {**values, "score": score}))

    @classmethod
    def schedule(cls, agenda: Agenda) -> Iterable[Self]:
        """Return the classes whose grades are posted: on the last school day of a grading period."""
        if not agenda.school_day:
            return []
        following = agenda.calendar.next_school_day(agenda.day)
        ends = any(
            is_active(session)
            and session["type"] == "gradingPeriod"
            and session["startDate"] <= agenda.day.isoformat() < session["endDate"] <= following.isoformat()
            for session in agenda.population.overlay.tables["academicSessions"]
        )
        stream, share = agenda.stream(cls.name), min(1.0, agenda.rate(cls.name))
        classes = gradebook_classes(agenda) if ends else []
        return [cls(sourcedId=class_["sourcedId"]) for class_ in classes if stream.chance(share)]


def _period(population: Population, class_: Record, today: str) -> Record | None:
    """Return the grading period of a class that includes a day, or else its term, or ``None``."""
    terms = set(class_["terms"])
    sessions = [
        session
        for session in population.overlay.tables["academicSessions"]
        if is_active(session) and session["startDate"] <= today < session["endDate"]
    ]
    periods = [session for session in sessions if session["type"] == "gradingPeriod" and session.get("parent") in terms]
    periods += [session for session in sessions if session["sourcedId"] in terms]
    return periods[0] if periods else None
