"""Providers: bundles of scenarios that imitate a vendor, each part with its row of the quirks table.

A vendor is here when the table has at least four rows of it that a scenario can express. Nothing is added that no
source says: where sources disagree, or tell of a way without saying that others are refused, all of them are taken.
Base paths are left alone, because they differ by district; ``base-path`` moves one.
"""

from __future__ import annotations

from dataclasses import dataclass

from mockroster.scenarios.base import Provider, parameter

_KIMONO_PATHS = (
    "/sis/classes/*/categories",
    "/orgs",
    "/orgs/*",
    "/schools",
    "/schools/*",
    "/enrollments",
    "/enrollments/*",
    "/terms",
    "/terms/*",
    "/academicSession",
    "/academicSession/*",
    "/gradingPeriods",
    "/gradingPeriods/*",
    "/courses",
    "/courses/*",
    "/classes",
    "/classes/*",
    "/users",
    "/users/*",
    "/teachers",
    "/teachers/*",
    "/schools/*/teachers",
    "/students",
    "/students/*",
    "/schools/*/students",
)
"""The 25 operations of the documents."""


class Kimono(Provider):
    """Kimono, as its OneRoster 1.1 documents show it: 25 reads and nothing else.

    There are no writes and no 1.2, no paging headers, no filter, sort or fields, no OAuth 1.0a; a course has no org.
    Members are those of the documents, category weights among them.

    Source: Kimono's OneRoster 1.1 documents.
    """

    name = "kimono"
    parts = (
        # Deviations D1, D2 and D11: the 25 operations are all, and all of them are GET.
        f"only-endpoints:paths={'|'.join(_KIMONO_PATHS)},version=1.1",
        # Deviation D10: bearer tokens only.
        "oauth2-only",
        # Deviation D4: a course has no org.
        "course-org:org=none",
        # Deviation D7: none of these is documented. (Of limit and offset nothing is said either; they are obeyed.)
        "filter-ignored",
        # Deviation D7, too.
        "sort-ignored",
        # Deviation D7, too.
        "fields-ignored",
        # Deviation D8: no header of an answer is documented.
        "no-total-count",
        # Deviation D8, too.
        "no-link",
    )


_ED_FI_COLLECTIONS = (
    *("academicSessions", "gradingPeriods", "terms", "classes", "courses", "demographics"),
    *("enrollments", "orgs", "schools", "users", "students", "teachers"),
)

_ED_FI_PATHS = tuple(f"/{name}{rest}" for name in _ED_FI_COLLECTIONS for rest in ("", "/*"))
"""The 24 paths that it serves."""

_ED_FI_FILTERS = {
    "academicSessions": ("title", "type", "startDate", "endDate", "schoolYear"),
    "classes": ("title", "classCode", "classType", "location", "periods"),
    "courses": ("title", "courseCode"),
    "demographics": (
        *("birthDate", "sex", "americanIndianOrAlaskaNative", "asian", "blackOrAfricanAmerican"),
        *("nativeHawaiianOrOtherPacificIslander", "white", "demographicRaceTwoOrMoreRaces"),
        *("hispanicOrLatinoEthnicity", "countryOfBirthCode", "stateOfBirthAbbreviation", "cityOfBirth"),
    ),
    "enrollments": ("role", "primary", "beginDate", "endDate"),
    "orgs": ("name", "type", "identifier"),
    "users": (
        *("username", "enabledUser", "givenName", "familyName", "middleName", "preferredFirstName"),
        *("preferredMiddleName", "preferredLastName", "roles", "identifier", "email"),
    ),
}
"""The members by which it filters, beside ``sourcedId``, ``status`` and ``dateLastModified`` of each collection."""

_ED_FI_MEMBERS = tuple(
    f"{collection}.{name}"
    for collection, names in _ED_FI_FILTERS.items()
    for name in ("sourcedId", "status", "dateLastModified", *names)
)


class EdFi(Provider):
    """The OneRoster API of the Ed-Fi Alliance: 24 flat paths of 1.2 rostering, and no paging headers.

    Pages have 500 rows at most, booleans are JSON's, a single demographics record is a ``demographic``, and there are
    100 requests a minute. A filter may name some members only, the others are 400, and one on ``roles`` is 500; values
    without quotes, any number of AND and OR, and ``limit=`` are accepted. Errors have a form of their own, and those of
    401 and 404 no code minor.

    Source: rows 1, 3, 57, 73, 87, 95, 104 and 155 of the quirks table.
    """

    name = "ed-fi"
    parts = (
        # Row 1: none of its 24 endpoints sends X-Total-Count …
        "no-total-count",
        # Row 1: … or Link.
        "no-link",
        # Row 3: MAX_PAGE_SIZE is 500.
        "clamped-limit:max=500",
        # Row 57: booleans are booleans.
        "json-booleans",
        # Rows 73 and 155: 12 collections and 12 single reads of 1.2 rostering, nothing else.
        f"only-endpoints:paths={'|'.join(_ED_FI_PATHS)},version=1.2",
        # Rows 87 and 155: a member outside its list is 400, and a filter on roles is 500.
        f"filter-members:members={'|'.join(_ED_FI_MEMBERS)},failing=users.roles",
        # Row 155: limit= is accepted.
        "blank-parameters",
        # Row 155: A AND B OR C and values without quotes are accepted.
        "lenient-filter",
        # Row 155: a single demographics record is under demographic.
        "wrapper-by-path:paths=/demographics/*",
        # Row 95: 100 requests a minute; 429 as text, with RateLimit-* headers.
        "rate-limit:limit=100,per=60,style=ratelimit",
        # Row 104: imsx_codeMinor is a string with underscores.
        "error-style:style=codeminor-string",
        # Row 155: 401 and 404 have none.
        "no-code-minor:statuses=401|404",
    )


_CLASSLINK = (
    # Row 7: x-perm-rev and x-count on each page; the revision seldom changes.
    "revision-header:every=1000",
    # Row 81: the students of a class come with its teachers.
    "students-include-teachers",
    # Rows 95 and 96: 429 after a number of requests that is not told (100 a minute stands for it), no Retry-After.
    "rate-limit:limit=100,per=60,retry_after=none",
    # Row 126: classCode and periods arrive empty.
    "no-class-code:how=empty",
    # Row 151: x-next-page-token, x-obfuscated, x-modified and x-page-generation-time-ms.
    "page-headers",
    # Row 151: a href leads to another host.
    "odd-href:style=foreign",
    # Row 151: enabledUser is text.
    "string-booleans:members=enabledUser",
    # Row 151: password is "".
    "blank-text:members=password",
    # Row 151: a teacher's classes are those of the current term.
    "current-classes-only",
)


class ClassLink(Provider):
    """ClassLink through its OAuth 2 proxy: one bearer token that never expires, and no token endpoint.

    Pages have their revision in a header, and some headers more; the students of a class come with its teachers, and a
    teacher's classes are those of the current term. Class codes and passwords are empty, ``enabledUser`` is text, and a
    href leads to another host. Too many requests are 429 without Retry-After.

    Source: rows 7, 30, 81, 95, 96, 126 and 151 of the quirks table.
    """

    name = "classlink"
    parts = (
        # Row 30: a static bearer key, and no token endpoint.
        "static-bearer",
        *_CLASSLINK,
    )


class ClassLinkOAuth1(Provider):
    """ClassLink as its sample clients reach it: OAuth 1.0a with HMAC-SHA256 only; in all else as ``classlink``.

    Source: rows 7, 25, 81, 95, 96, 126 and 151 of the quirks table.
    """

    name = "classlink-oauth1"
    parts = (
        # Row 25: OAuth 1.0a with HMAC-SHA256.
        "oauth1-only:method=HMAC-SHA256",
        *_CLASSLINK,
    )


@dataclass(frozen=True)
class InfiniteCampus(Provider):
    """Infinite Campus: gradebook calls need a header of the vendor's own, and credentials expire after a year.

    A token request is taken in any form: one client sends its parameters in the query, and nothing says that a form
    would be refused. Of the staff there are only teachers, guardians are relatives, and names and codes hold
    punctuation.

    Source: rows 3, 43, 44, 67, 120, 126 and 148 of the quirks table.
    """

    name = "infinite-campus"
    max: int = parameter(10_000, "rows that a page has at most: 10000, or 50000 as of a later release", least=1)
    parts = (
        # Row 43: x-vendor-authorization on gradebook calls.
        "vendor-header",
        # Row 44: credentials expire after a year.
        "credentials-expire:days=365",
        # Rows 3 and 148: 10,000 rows at first, 50,000 later; both are in the field.
        "clamped-limit:max={max}",
        # Row 67: relative is not always a guardian.
        "relative-guardians",
        # Row 120: staff other than teachers are missing.
        "teachers-only",
        # Row 126: punctuation in names and codes.
        "hostile-text:kinds=punctuation",
    )


class Aeries(Provider):
    """Aeries: scope must be asked for, and a session cookie comes with the token and is to be sent on every call.

    Its documentation asks to keep the cookies for the sake of load balancing; that a call without them is refused is
    the strictest reading. ``identifier``, ``parent`` and ``metadata`` are null where they are missing, and references
    begin with ``~``, both as in its sample answer. Classes, courses and terms of a school are not served.

    Source: rows 37, 40, 53, 63 and 72 of the quirks table.
    """

    name = "aeries"
    parts = (
        # Row 37: scopes must be included in the token request.
        "scope-required",
        # Row 40: cookies that are given with the token are to be sent on every call; ARRAffinity is one of the two.
        "session-cookie",
        # Row 72: endpoints that are not implemented.
        "missing-endpoints:paths=/schools/*/classes|/schools/*/courses|/schools/*/terms",
        # Row 53: null for the three members of the sample answer.
        "nulls:members=identifier|parent|metadata",
        # Row 63: ~/ims/oneroster/v1p1/orgs/894.
        "odd-href:style=tilde",
    )


@dataclass(frozen=True)
class PowerSchool(Provider):
    """PowerSchool: the token request is a form, and a page has as many rows as the plugin is set to.

    Client id and secret are taken in the form, as the documentation has them, and by HTTP Basic, as integrators send
    them. What is not there is null, and some ids have blanks in them.

    Source: rows 3, 35, 53 and 60 of the quirks table.
    """

    name = "powerschool"
    max: int = parameter(1000, "rows that a page has at most: the plugin's Maximum Page Size", least=1)
    parts = (
        # Row 35: grant_type in a form body.
        "token-parameters-in:place=form",
        # Row 3: the plugin's maximum page size, which is to be raised to 1,000.
        "clamped-limit:max={max}",
        # Row 53: null for every optional field.
        "nulls",
        # Row 60: blanks in sourced ids; in how many is not said.
        "hostile-ids:kinds=blank|edge,share=0.1",
    )
