"""Providers: bundles of scenarios that imitate a vendor, each part with its row of the quirks table.

A vendor is included if scenarios can express at least four of its rows in the table. Every part has a source. If
sources disagree, or do not exclude alternatives, all variants are accepted. Base paths are unchanged, because they
differ by district; use ``base-path`` to change one.
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
    """Kimono according to its OneRoster 1.1 documents: 25 reads and nothing else.

    There are no writes, no 1.2, no paging headers, no filter, sort or fields, and no OAuth 1.0a. A course has no org.
    Members are those of the documents, including category weights.

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
        # Deviation D7: none of these is documented. (Neither are limit and offset, which are supported.)
        "filter-ignored",
        # Deviation D7, too.
        "sort-ignored",
        # Deviation D7, too.
        "fields-ignored",
        # Deviation D8: no response header is documented.
        "no-total-count",
        # Deviation D8, too.
        "no-link",
    )


_ED_FI_COLLECTIONS = (
    *("academicSessions", "gradingPeriods", "terms", "classes", "courses", "demographics"),
    *("enrollments", "orgs", "schools", "users", "students", "teachers"),
)

_ED_FI_PATHS = tuple(f"/{name}{rest}" for name in _ED_FI_COLLECTIONS for rest in ("", "/*"))
"""The 24 served paths."""

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
"""The members to filter by, in addition to ``sourcedId``, ``status`` and ``dateLastModified``."""

_ED_FI_MEMBERS = tuple(
    f"{collection}.{name}"
    for collection, names in _ED_FI_FILTERS.items()
    for name in ("sourcedId", "status", "dateLastModified", *names)
)


class EdFi(Provider):
    """The OneRoster API of the Ed-Fi Alliance: 24 flat paths of 1.2 rostering, and no paging headers.

    Pages have at most 500 rows, booleans are JSON booleans, a single demographics record is in ``demographic``, and 100
    requests per minute are allowed. Some members can be filtered by, others are 400, and ``roles`` is 500. Unquoted
    values, up to 20 clauses with AND and OR, and ``limit=`` are accepted. Errors have another form, without a code
    minor for 401 and 404.

    Source: rows 1, 3, 57, 73, 87, 94, 95, 104 and 155 of the quirks table.
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
        # Row 94: 20 clauses, and values of 250 characters.
        "filter-limits:clauses=20,length=250",
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
    """ClassLink through its OAuth 2 proxy: a bearer token that never expires, and no token endpoint.

    Pages have a revision header and several others. The students of a class include its teachers, and a teacher's
    classes are those of the current term. Class codes and passwords are empty, ``enabledUser`` is a string, and hrefs
    have another host. Too many requests are 429 without Retry-After.

    Source: rows 7, 30, 81, 95, 96, 126 and 151 of the quirks table.
    """

    name = "classlink"
    parts = (
        # Row 30: a static bearer key, and no token endpoint.
        "static-bearer",
        *_CLASSLINK,
    )


class ClassLinkOAuth1(Provider):
    """ClassLink as used by its sample clients: OAuth 1.0a with HMAC-SHA256 only; otherwise like ``classlink``.

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
    """Infinite Campus: gradebook requests need a vendor-specific header, and credentials expire after a year.

    Token requests are accepted in any form: one client sends the parameters in the query, and no source says that a
    form is refused. Teachers are the only staff, guardians are relatives, and names and codes contain punctuation.
    There are more collections than those of the standard.

    Source: rows 3, 43, 44, 67, 77, 120, 126 and 148 of the quirks table.
    """

    name = "infinite-campus"
    max: int = parameter(10_000, "largest number of rows of a page: 10000, or 50000 in a later release", least=1)
    parts = (
        # Row 43: x-vendor-authorization on gradebook calls.
        "vendor-header",
        # Row 44: credentials expire after a year.
        "credentials-expire:days=365",
        # Rows 3 and 148: 10,000 rows at first, 50,000 later; both are in the field.
        "clamped-limit:max={max}",
        # Row 77: /administrators, /districts, /studentEnrollments and others.
        "vendor-endpoints",
        # Row 67: relative is not always a guardian.
        "relative-guardians",
        # Row 120: staff other than teachers are missing.
        "teachers-only",
        # Row 126: punctuation in names and codes.
        "hostile-text:kinds=punctuation",
    )


class Aeries(Provider):
    """Aeries: token requests need a scope, and every request needs the session cookie of the token response.

    The documentation asks clients to keep the cookies for load balancing; refusing requests without them is the
    strictest reading. Absent ``identifier``, ``parent`` and ``metadata`` are null, and references start with ``~``,
    both as in the sample response. Classes, courses and terms of a school are not served.

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
    """PowerSchool: the token request is a form, and the plugin sets the largest number of rows of a page.

    Client id and secret are accepted in the form, as documented, and by HTTP Basic, as integrators send them. Absent
    members are null, and some ids contain blanks.

    Source: rows 3, 35, 53 and 60 of the quirks table.
    """

    name = "powerschool"
    max: int = parameter(1000, "largest number of rows of a page: the plugin's Maximum Page Size", least=1)
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
