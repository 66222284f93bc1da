"""A certificate of the kind that the broker mints: what is compared over TLS shall pay for the same."""

import subprocess


def mint(directory):
    """The paths of a self-signed certificate and its key, P-256 as the broker's."""
    certificate, key = directory / "server.pem", directory / "key.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
         "-subj", "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", key, "-out", certificate],
        check=True, capture_output=True)
    return certificate, key
