"""A certificate for 127.0.0.1 that nobody vouches for, and the server's side of an encrypted connection with it."""

import ssl
import subprocess
from pathlib import Path


def server_tls(folder: Path) -> ssl.SSLContext:
    """What a sink encrypts with; `cert.pem` in the folder is what a client must be told to trust."""
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=127.0.0.1",
         "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", folder / "key.pem", "-out", folder / "cert.pem"],
        check=True, capture_output=True,
    )  # fmt: skip
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(folder / "cert.pem", folder / "key.pem")
    return context
