"""Names that other systems have for members of OneRoster. This module imports nothing."""

from __future__ import annotations

from collections.abc import Mapping

SYNONYMS: Mapping[str, str] = {
    "firstName": "givenName",
    "first_name": "givenName",
    "forename": "givenName",
    "lastName": "familyName",
    "last_name": "familyName",
    "surname": "familyName",
    "id": "sourcedId",
    "sourceId": "sourcedId",
    "gender": "sex",
    "dob": "birthDate",
    "userName": "username",
    "emailAddress": "email",
    "phoneNumber": "phone",
    "lastModified": "dateLastModified",
}
"""By the name that is found: the member of the standard that it stands for."""
