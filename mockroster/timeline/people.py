"""New people: students with their guardians and demographics, and staff.

A new person has the same members as a peer, such as a classmate: the roster may not use all members.
"""

from __future__ import annotations

from datetime import date
from zlib import crc32

from mockroster.district import names
from mockroster.district.curriculum import GRADES
from mockroster.district.streams import Deck, Stream
from mockroster.district.users import roles
from mockroster.roster.record import Record
from mockroster.timeline.draft import with_item
from mockroster.timeline.occasion import Occasion
from mockroster.timeline.population import is_active, role_of

_SEXES = Deck({"female": 0.49, "male": 0.5, "other": 0.005, "unspecified": 0.005})
_KINDS = Deck({"parent": 0.86, "guardian": 0.09, "relative": 0.05})
_RACES = Deck(
    {
        "americanIndianOrAlaskaNative": 0.02,
        "asian": 0.07,
        "blackOrAfricanAmerican": 0.15,
        "nativeHawaiianOrOtherPacificIslander": 0.01,
        "white": 0.75,
    }
)
_MAIL = ("mail.example.com", "post.example.net", "home.example.org")
FAMILY = frozenset({"parent", "guardian", "relative"})
"""The roles of the adults of a household."""

_FIRST_BIRTHDAY = 5
"""The age in years at which children enter kindergarten."""


def new_student(
    occasion: Occasion, peer: Record, school: str, grade: str, part: str, *, begins: date | None = None
) -> Record:
    """Add a student with guardians and demographics, as far as a peer has them, and return the user.

    ``begins`` is the first day of a student who is enrolled in advance.
    """
    stream = occasion.stream_of(part)
    spanish, sex = stream.chance(0.25), _SEXES.draw(stream)
    given = names.given_names(stream, sex, spanish=spanish).draw(stream)
    family = names.family_name(stream, spanish=spanish)
    sourced_id = occasion.new_id("users")
    wanted = 1 + stream.chance(0.5) if peer.get("agents") else 0
    guardians = [
        _guardian(occasion, occasion.stream_of(f"{part}/guardian/{place}"), family, spanish=spanish, school=school)
        for place in range(wanted)
    ]
    members = {
        **_student_account(peer, sourced_id, given, family),
        "givenName": given,
        "familyName": family,
        "roles": roles("student", (school,), begins),
        "primaryOrg": _like(peer, "primaryOrg", school),
        "agents": [guardian["sourcedId"] for guardian in guardians],
        "grades": [grade],
        "resources": peer.get("resources"),
    }
    student = occasion.draft.put("users", occasion.new("users", members))
    for guardian in guardians:
        occasion.draft.put("users", Record({**guardian, "agents": [sourced_id]}))
    model = occasion.population.get("demographics", peer["sourcedId"])
    if model is not None:
        newest = _newest_birthday(occasion, model, grade, begins)
        occasion.draft.put("demographics", _demographics(occasion, stream, sourced_id, sex, newest, spanish=spanish))
    return student


def _student_account(peer: Record, sourced_id: str, given: str, family: str) -> dict[str, object]:
    """Return the ids, the username and the e-mail of a student, in the way of a peer's."""
    identifier = _identifier(sourced_id)
    username = f"{names.fold(given)[:1]}{names.fold(family)}{identifier}"
    return {
        "sourcedId": sourced_id,
        "userMasterIdentifier": _like(peer, "userMasterIdentifier", f"{_host(peer)}:{identifier}"),
        "username": username,
        "userIds": _like(peer, "userIds", [{"type": "SIS", "identifier": identifier}]),
        "enabledUser": True,
        "identifier": identifier,
        "email": f"{username}@{_host(peer)}",
    }


def add_guardian(occasion: Occasion, student: Record) -> Record:
    """Add a guardian to a student and return the user."""
    roles_of_student = student.get("roles") or [{}]
    spanish = occasion.stream.chance(0.25)
    family = str(student["familyName"])
    guardian = _guardian(
        occasion, occasion.stream_of("guardian"), family, spanish=spanish, school=roles_of_student[0]["org"]
    )
    occasion.draft.put("users", Record({**guardian, "agents": [student["sourcedId"]]}))
    agents = with_item(student.get("agents", ()), guardian["sourcedId"])
    occasion.draft.change("users", student["sourcedId"], agents=agents)
    return guardian


def update_guardians(occasion: Occasion, student: Record) -> None:
    """Make the guardians of a student agree with the student's school; a guardian without students is deleted.

    Call it after the student's own record is changed or deleted.
    """
    for sourced_id in student.get("agents", ()):
        guardian = occasion.draft.get("users", sourced_id)
        if guardian is None or not is_active(guardian) or role_of(guardian) not in FAMILY:
            continue
        children = [
            child
            for agent in guardian.get("agents", ())
            if (child := occasion.draft.get("users", agent)) is not None
            and is_active(child)
            and not occasion.draft.is_gone("users", agent)
        ]
        if children:
            _move_guardian(occasion, guardian, children)
        else:
            occasion.draft.retire("users", sourced_id)


def _move_guardian(occasion: Occasion, guardian: Record, children: list[Record]) -> None:
    """Give a guardian the primary role at the schools of the children, and keep other roles there."""
    schools = list(dict.fromkeys(child["roles"][0]["org"] for child in children))
    kept = [role for role in guardian["roles"] if role["org"] in schools]
    primary = {role["org"] for role in kept if role["roleType"] == "primary"}
    kept += roles(role_of(guardian), tuple(school for school in schools if school not in primary))
    if kept == guardian["roles"]:
        return
    home = guardian.get("primaryOrg")
    occasion.draft.change(
        "users", guardian["sourcedId"], roles=kept, primaryOrg=home if home in {None, *schools} else schools[0]
    )


def new_staff(occasion: Occasion, model: Record, part: str) -> Record:
    """Add a member of staff with the roles of another one, and return the user."""
    stream = occasion.stream_of(part)
    spanish = stream.chance(0.15)
    sex = stream.pick(("female", "female", "female", "male"))
    given = names.given_names(stream, sex, spanish=spanish).draw(stream)
    family = names.family_name(stream, spanish=spanish)
    sourced_id = occasion.new_id("users")
    identifier = f"E{_identifier(sourced_id)}"
    username = f"{names.fold(given)}.{names.fold(family)}{identifier[1:]}"
    members = {
        "sourcedId": sourced_id,
        "userMasterIdentifier": _like(model, "userMasterIdentifier", f"{_host(model)}:{identifier}"),
        "username": username,
        "userIds": _like(model, "userIds", [{"type": "LDAP", "identifier": username}]),
        "enabledUser": True,
        "givenName": given,
        "familyName": family,
        "roles": [{name: role[name] for name in ("roleType", "role", "org")} for role in model["roles"]],
        "primaryOrg": model.get("primaryOrg"),
        "identifier": identifier,
        "email": f"{username}@{_host(model)}",
        "resources": model.get("resources"),
    }
    return occasion.draft.put("users", occasion.new("users", members))


def _guardian(occasion: Occasion, stream: Stream, family: str, *, spanish: bool, school: str) -> Record:
    kind = _KINDS.draw(stream)
    given = names.given_names(stream, stream.pick(("female", "male")), spanish=spanish).draw(stream)
    own = names.family_name(stream, spanish=spanish) if stream.chance(0.15) else family
    sourced_id = occasion.new_id("users")
    identifier = f"P{_identifier(sourced_id)}"
    username = f"{names.fold(given)}_{names.fold(own)}{identifier[1:]}"
    members = {
        "sourcedId": sourced_id,
        "username": username,
        "enabledUser": True,
        "givenName": given,
        "familyName": own,
        "roles": roles(kind, (school,)),
        "primaryOrg": school,
        "identifier": identifier,
        "email": f"{username}@{stream.pick(_MAIL)}",
    }
    return occasion.new("users", members)


def _demographics(
    occasion: Occasion, stream: Stream, sourced_id: str, sex: str, newest: date | None, *, spanish: bool
) -> Record:
    race = _RACES.draw(stream)
    members = {"sex": sex, **{name: name == race for name in _RACES.words}, "demographicRaceTwoOrMoreRaces": False}
    members |= {
        "hispanicOrLatinoEthnicity": spanish,
        "countryOfBirthCode": "US",
        "publicSchoolResidenceStatus": "01652",
    }
    if newest is not None:
        members["birthDate"] = date.fromordinal(newest.toordinal() - stream.below(365)).isoformat()
    return Record({"sourcedId": sourced_id, "status": "active", "dateLastModified": occasion.at, **members})


def _newest_birthday(occasion: Occasion, model: Record, grade: str, begins: date | None) -> date | None:
    """Return the 1 September up to which students of a grade are born: of the classmate's cohort, or of the one after.

    The cohort after is that of students who are enrolled in advance.
    """
    known = model.get("birthDate")
    if known is not None:
        born = date.fromisoformat(known[:10])
        return date(born.year + ((born.month, born.day) > (9, 1)) + (begins is not None), 9, 1)
    if grade not in GRADES:
        return None
    year = begins.year if begins else occasion.school_year
    return date(year - _FIRST_BIRTHDAY - GRADES.index(grade), 9, 1)


def _like(peer: Record, member: str, value: object) -> object:
    """Return a value, or ``None`` if the peer does not have the member."""
    return value if member in peer else None


def _host(peer: Record) -> str:
    return str(peer.get("email", "")).rpartition("@")[2] or "students.example.org"


def _identifier(sourced_id: str) -> str:
    """Return nine digits that follow from a sourcedId."""
    return f"{crc32(sourced_id.encode()) % 10**9:09d}"
