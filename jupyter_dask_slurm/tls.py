"""A cluster's one key pair, and what is made of it.

The certificate is its own authority: who can show it *and* prove to hold its key belongs to the
cluster, and nobody else does. That is what dask's ``Security.temporary()`` does in memory; ours
lives in files of mode 0600, because the workers on other nodes read them too. Host names are not
checked: a certificate that only the cluster's members hold says more than a name would.
"""

from __future__ import annotations

import os
import ssl
from pathlib import Path

from .private_files import check_file

VALID_DAYS = 100 * 366
"""No cluster may outlive its certificate, and one without a maximum age lives for as long as its
controller's host. What ends the trust in a key is its removal, together with the cluster."""


def make_key_pair(cert: Path, key: Path) -> None:
    """Make a new key pair and write it to two private files. Raises FileExistsError."""
    # 47 ms and 7 MB: imported only by who makes a key, never by the Jupyter server.
    import datetime

    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.x509.oid import NameOID

    private = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "jupyter-dask-slurm")])
    now = datetime.datetime.now(datetime.timezone.utc)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(private.public_key())
        .serial_number(x509.random_serial_number())
        # An hour back, for nodes whose clock is behind.
        .not_valid_before(now - datetime.timedelta(hours=1))
        .not_valid_after(now + datetime.timedelta(days=VALID_DAYS))
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(private, hashes.SHA256())
    )
    _write_private(
        key,
        private.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        ),
    )
    _write_private(cert, certificate.public_bytes(serialization.Encoding.PEM))


def server_context(cert: Path, key: Path) -> ssl.SSLContext:
    """For a server that speaks only to a peer with the cluster's key."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    return _mutual(context, cert, key)


def client_context(cert: Path, key: Path) -> ssl.SSLContext:
    """For a client that speaks only to a server with the cluster's key, and shows it its own."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    return _mutual(context, cert, key)


def _mutual(context: ssl.SSLContext, cert: Path, key: Path) -> ssl.SSLContext:
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.verify_mode = ssl.CERT_REQUIRED
    # The directory they lie in is the user's alone: nobody can change them in between.
    check_file(cert)
    check_file(key)
    context.load_verify_locations(cert)
    context.load_cert_chain(cert, key)
    return context


def _write_private(path: Path, data: bytes) -> None:
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as stream:
        stream.write(data)
