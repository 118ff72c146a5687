"""The key pair: who holds it gets in, nobody else does."""

from __future__ import annotations

import datetime
import socket
import ssl
import stat
import threading
from pathlib import Path

import pytest
from cryptography import x509

from jupyter_dask_slurm import tls


@pytest.fixture
def pair(tmp_path: Path) -> tuple[Path, Path]:
    cert, key = tmp_path / "cert.pem", tmp_path / "key.pem"
    tls.make_key_pair(cert, key)
    return cert, key


def talk(server: ssl.SSLContext, client: ssl.SSLContext) -> bytes:
    """What the client hears from a server that says hello; raises what the client's side raises."""
    ours, theirs = socket.socketpair()

    def serve() -> None:
        try:
            with server.wrap_socket(theirs, server_side=True) as stream:
                stream.sendall(b"hello")
        except (ssl.SSLError, OSError):
            theirs.close()

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        with client.wrap_socket(ours) as stream:
            return stream.recv(5)
    finally:
        ours.close()
        thread.join()


def test_both_sides_with_the_pair_speak(pair: tuple[Path, Path]) -> None:
    assert talk(tls.server_context(*pair), tls.client_context(*pair)) == b"hello"


def test_a_client_without_a_certificate_hears_nothing(pair: tuple[Path, Path]) -> None:
    stranger = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    stranger.check_hostname = False
    stranger.verify_mode = ssl.CERT_NONE
    with pytest.raises((ssl.SSLError, ConnectionError)):
        assert talk(tls.server_context(*pair), stranger) == b"hello"


def test_the_pair_of_another_cluster_is_refused(pair: tuple[Path, Path], tmp_path: Path) -> None:
    other = tmp_path / "other-cert.pem", tmp_path / "other-key.pem"
    tls.make_key_pair(*other)
    impostor = tls.client_context(*other)
    impostor.verify_mode = ssl.CERT_NONE
    with pytest.raises((ssl.SSLError, ConnectionError)):
        assert talk(tls.server_context(*pair), impostor) == b"hello"
    with pytest.raises((ssl.SSLError, ConnectionError)):
        talk(tls.server_context(*other), tls.client_context(*pair))


def test_no_cluster_outlives_its_certificate(pair: tuple[Path, Path]) -> None:
    certificate = x509.load_pem_x509_certificate(pair[0].read_bytes())
    now = datetime.datetime.now(datetime.timezone.utc)
    assert certificate.not_valid_before_utc < now
    assert certificate.not_valid_after_utc - now > datetime.timedelta(days=50 * 366)


def test_the_files_are_private_whatever_the_umask(pair: tuple[Path, Path]) -> None:
    assert [stat.S_IMODE(path.stat().st_mode) for path in pair] == [0o600, 0o600]


def test_a_key_pair_is_never_overwritten(pair: tuple[Path, Path]) -> None:
    with pytest.raises(FileExistsError):
        tls.make_key_pair(*pair)
