"""Status information: the bodies of errors, and warnings beside data (section 3.5 of 1.1)."""

from __future__ import annotations

from mockroster.standard.status import StatusInformation
from mockroster.standard.versions import VERSIONS


def error_information(version: str, error: Exception, status: int, description: str, name: str) -> StatusInformation:
    """Return the body of an error; ``name`` is the operation, or the method and path of an unknown one."""
    errors = VERSIONS[version].errors
    return errors.form.error(description, errors.code_minor(error, status), name)
