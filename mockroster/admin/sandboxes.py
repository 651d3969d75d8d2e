"""Worlds of one's own: listed, made, reset, dropped."""

from __future__ import annotations

from typing import Any

from flask import current_app, g
from werkzeug.exceptions import Conflict
from werkzeug.wrappers import Response

from mockroster.admin.address import root
from mockroster.admin.answers import answer, body, nothing
from mockroster.admin.scenarios import checked
from mockroster.errors import MalformedRequest, RequestError
from mockroster.loading.document import merge
from mockroster.roster.overlay import Overlay
from mockroster.sandbox.credentials import Client, Credentials
from mockroster.sandbox.opening import rostered
from mockroster.sandbox.registry import Sandboxes, check_name, shared_credentials
from mockroster.sandbox.sandbox import Sandbox, Start
from mockroster.settings import PROFILES, one_of, whole
from mockroster.spec.services import SERVICES

KNOWN = ("name", "seed", "students", "profile", "fixtures", "scenarios", "clients")


class SandboxExists(RequestError, Conflict):
    """A sandbox of that name is there already."""
