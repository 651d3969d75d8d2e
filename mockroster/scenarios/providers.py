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

    There are no writes and no 1.2, no paging headers, no filter, sort or fields; a course has no org. Members are
    those of the documents, category weights among them.

    Source: Kimono's OneRoster 1.1 documents.
    """

    name = "kimono"
    parts = (
        # The 25 operations are all, all of them GET (deviations D1, D2, D11).
        f"only-endpoints:paths={'|'.join(_KIMONO_PATHS)},version=1.1",
        # A course has no org (D4).
        "course-org:org=none",
        # No filter, sort, orderBy or fields is documented (D7); of limit and offset nothing is said either way.
        "filter-ignored",
        "sort-ignored",
        "fields-ignored",
        # No header of an answer is documented (D8).
        "no-total-count",
        "no-link",
    )
