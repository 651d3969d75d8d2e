"""Certificates for servers of tests, and clients that trust them."""

from __future__ import annotations

import shutil
import ssl
import subprocess
from pathlib import Path

import pytest
from patience import PATIENCE


def certificate(folder: Path) -> tuple[str, str]:
    """Return the files of a new certificate and its key, or skip the test."""
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("there is no openssl to make a certificate with")
    cert, key = str(folder / "cert.pem"), str(folder / "key.pem")
    curve = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1")
    made = ("req", "-x509", *curve, "-nodes", "-keyout", key, "-out", cert, "-days", "1")
    subprocess.run([openssl, *made, "-subj", "/CN=localhost"], check=True, capture_output=True, timeout=PATIENCE)  # noqa: S603
    return cert, key


def client_context() -> ssl.SSLContext:
    """Return a context that trusts any certificate."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


def server_context(folder: Path) -> ssl.SSLContext:
    """Return the context of a server with a new certificate, or skip the test."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*certificate(folder))
    return context
