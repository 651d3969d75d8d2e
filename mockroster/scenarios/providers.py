"""Providers: bundles of scenarios that imitate a vendor, each part with its row of the quirks table.

A vendor is here when the table has at least four rows of it that a scenario can express. Rows that the catalogue cannot
express (base paths, for one) are left out, and nothing is added that no source says.
"""

from __future__ import annotations

from mockroster.scenarios.base import Provider

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


class EdFi(Provider):
    """The OneRoster API of the Ed-Fi Alliance: flat collections without paging headers, 100 requests a minute.

    Pages have 500 rows at most, booleans are JSON's, a filter on roles breaks it, and errors have a form of their own.

    Source: rows 1, 3, 57, 73, 87, 95 and 104 of the quirks table.
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
        # Row 73: 12 collections and 12 single reads, nothing else.
        "flat-only",
        # Row 87: a filter on roles is 500.
        "nested-filter-fails:answer=500",
        # Row 95: 100 requests a minute; 429 as text, with RateLimit-* headers.
        "rate-limit:limit=100,per=60,style=ratelimit",
        # Row 104: imsx_codeMinor is a string with underscores.
        "error-style:style=codeminor-string",
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
)


class ClassLink(Provider):
    """ClassLink through its OAuth 2 proxy: one bearer token that never expires, and no token endpoint.

    Pages have their revision in a header, the students of a class come with its teachers, class codes are empty, and
    too many requests are 429 without Retry-After.

    Source: rows 7, 30, 81, 95, 96 and 126 of the quirks table.
    """

    name = "classlink"
    parts = (
        # Row 30: a static bearer key, and no token endpoint.
        "static-bearer",
        *_CLASSLINK,
    )


class ClassLinkOAuth1(Provider):
    """ClassLink as its sample clients reach it: OAuth 1.0a with HMAC-SHA256 only; in all else as ``classlink``.

    Source: rows 7, 25, 81, 95, 96 and 126 of the quirks table.
    """

    name = "classlink-oauth1"
    parts = (
        # Row 25: OAuth 1.0a with HMAC-SHA256.
        "oauth1-only:method=HMAC-SHA256",
        *_CLASSLINK,
    )


class InfiniteCampus(Provider):
    """Infinite Campus: the token request is in the query, gradebook calls need a header of the vendor's own.

    Credentials expire after a year, pages have 10,000 rows at most, of the staff there are only teachers, guardians are
    relatives, and names and codes hold punctuation.

    Source: rows 3, 34, 36, 43, 44, 67, 120 and 126 of the quirks table.
    """

    name = "infinite-campus"
    parts = (
        # Row 34: grant_type and scope in the query.
        "token-parameters-in:place=query",
        # Row 36: credentials by HTTP Basic.
        "credentials-in:place=basic",
        # Row 43: x-vendor-authorization on gradebook calls.
        "vendor-header",
        # Row 44: credentials expire after a year.
        "credentials-expire:days=365",
        # Row 3: 10,000 rows at first, 50,000 later.
        "clamped-limit:max=10000",
        # Row 67: relative is not always a guardian.
        "relative-guardians",
        # Row 120: staff other than teachers are missing.
        "teachers-only",
        # Row 126: punctuation in names and codes.
        "hostile-text:kinds=punctuation",
    )


class Aeries(Provider):
    """Aeries: scope must be asked for, a session cookie comes with the token, and what is not there is null.

    References begin with ``~``, and classes, courses and terms of a school are not served.

    Source: rows 37, 40, 53, 63 and 72 of the quirks table.
    """

    name = "aeries"
    parts = (
        # Row 37: scopes must be included in the token request.
        "scope-required",
        # Row 40: ASP.NET_SessionId, given with the token, is wanted on every call.
        "session-cookie",
        # Row 72: endpoints that are not implemented.
        "missing-endpoints:paths=/schools/*/classes|/schools/*/courses|/schools/*/terms",
        # Row 53: null for every optional field.
        "nulls",
        # Row 63: ~/ims/oneroster/v1p1/orgs/894.
        "odd-href:style=tilde",
    )


class PowerSchool(Provider):
    """PowerSchool: the token request is a form with the credentials in it, pages have 1,000 rows at most.

    What is not there is null, and ids have blanks at their ends.

    Source: rows 3, 35, 36, 53 and 60 of the quirks table.
    """

    name = "powerschool"
    parts = (
        # Row 35: grant_type in a form body.
        "token-parameters-in:place=form",
        # Row 36: credentials in the body, Basic refused.
        "credentials-in:place=body",
        # Row 3: the plugin's maximum page size, once raised to 1,000.
        "clamped-limit:max=1000",
        # Row 53: null for every optional field.
        "nulls",
        # Row 60: blanks in sourced ids.
        "hostile-ids:kinds=edge",
    )
