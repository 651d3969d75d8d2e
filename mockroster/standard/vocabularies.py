"""Every enumeration of the standard, in the order in which the standard lists it.

Sources: OneRoster 1.1, sections 4.13.1 to 4.13.8, closed; the 1.2 OpenAPI documents of 1EdTech, where most may be
extended with values that begin with ``ext:``.
"""

from __future__ import annotations

STATUS = ("active", "tobedeleted")
"""StatusType, 4.13.8. A row that is ``tobedeleted`` is still shown by reads."""

SESSION_TYPE = ("gradingPeriod", "semester", "schoolYear", "term")
"""SessionType, 4.13.7."""

ORG_TYPE = ("department", "school", "district", "local", "state", "national")
"""OrgType, 4.13.4. From the top: national, state, local, district, school; departments anywhere below."""

ROLE = ("administrator", "aide", "guardian", "parent", "proctor", "relative", "student", "teacher")
"""RoleType of 1.1, 4.13.5: the role of a user, and the audience of a resource."""

ENROLLMENT_ROLE = ("administrator", "proctor", "student", "teacher")
"""The values of RoleType in enrollments, 4.13.5."""

CLASS_TYPE = ("homeroom", "scheduled")
"""ClassType, 4.13.1."""

SEX = ("male", "female")
"""Gender of 1.1, 4.13.2."""

IMPORTANCE = ("primary", "secondary")
"""Importance of a resource, 4.13.3."""

SCORE_STATUS = ("exempt", "fully graded", "not submitted", "partially graded", "submitted")
"""ScoreStatus, 4.13.6; the values contain spaces."""

USER_ROLE = (
    "aide",
    "counselor",
    "districtAdministrator",
    "guardian",
    "parent",
    "principal",
    "proctor",
    "relative",
    "siteAdministrator",
    "student",
    "systemAdministrator",
    "teacher",
)
"""The roles of users in 1.2, without a plain administrator."""

ROLE_TYPE = ("primary", "secondary")
"""Whether a role is the main one in its org (1.2); each org of a user has one primary role."""

SEX_1P2 = ("male", "female", "unspecified", "other")
"""Gender of 1.2."""

OBJECTIVE_SOURCE = ("case", "unknown")
"""Where a learning objective is defined (1.2); other sources begin with a slash."""
