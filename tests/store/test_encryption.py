"""A server's address that says nothing of encryption is meant strictly, unless the server is this machine."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy.engine import make_url

from restock_desk.errors import DeskError
from restock_desk.store import encryption, open_store
from tests.postgres import Server, started


@pytest.fixture(autouse=True)
def _bare(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Nothing that this machine's user has set."""
    for name in ("PGSSLMODE", "PGSSLROOTCERT"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))


def asked(address: str) -> dict[str, object]:
    return dict(encryption.guarded(make_url(address)).query)


@pytest.mark.parametrize(
    "address",
    [
        "postgresql://ana@127.0.0.1:5432/shop",
        "postgresql://ana@[::1]/shop",
        "postgresql://localhost/shop",
        "postgresql:///shop",
        "postgresql:///shop?host=/run/postgresql",
        "postgresql://ana@/shop?host=127.0.0.1:5432&host=localhost:5433",
    ],
)
def test_this_machine_is_left_as_it_is(address: str) -> None:
    url = make_url(address)
    assert encryption.guarded(url) == url


@pytest.mark.parametrize(
    "address",
    [
        "postgresql://ana@db.shop.example/shop",
        "postgresql://ana@10.0.0.7/shop",
        "postgresql://ana@localhost.example/shop",
        "postgresql:///shop?host=localhost:5432&host=db.example:5432",
        "postgresql:///shop?host=localhost,db.example",
    ],
)
def test_another_machine_is_verified(address: str) -> None:
    found = asked(address)
    assert found["sslmode"] == "verify-full"
    assert Path(str(found["sslrootcert"])).is_file()


def test_what_the_address_or_the_environment_says_is_kept(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert asked("postgresql://db.example/shop?sslmode=require") == {"sslmode": "require"}
    own = "postgresql://db.example/shop?sslmode=verify-full&sslrootcert=/etc/own.pem"
    assert asked(own) == {"sslmode": "verify-full", "sslrootcert": "/etc/own.pem"}
    roots = tmp_path / ".postgresql" / "root.crt"
    roots.parent.mkdir()
    roots.touch()
    assert asked("postgresql://db.example/shop") == {"sslmode": "verify-full"}, "the driver finds that file itself"
    monkeypatch.setenv("PGSSLMODE", "disable")
    assert asked("postgresql://db.example/shop") == {"sslmode": "disable"}


def test_the_word_system_means_the_public_authorities() -> None:
    found = asked("postgresql://db.example/shop?sslmode=verify-full&sslrootcert=system")
    assert Path(str(found["sslrootcert"])).is_file()


def test_a_server_without_encryption_is_refused_with_a_sentence(postgres: Server) -> None:
    with (
        closing(open_store(f"{postgres.url('postgres')}?sslmode=verify-full")) as store,
        pytest.raises(DeskError, match="was not believed") as refusal,
        store.reading(),
    ):
        pass
    assert "sslrootcert=FILE" in refusal.value.hint


@pytest.fixture(scope="module")
def encrypted(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Server, Path]]:
    """A server with a certificate for the name localhost that nobody vouches for, and that certificate."""
    folder = tmp_path_factory.mktemp("certificate")
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", "key.pem", "-out", "cert.pem",
         "-days", "2", "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"],
        cwd=folder, check=True, capture_output=True,
    )  # fmt: skip
    with started() as server:
        data = server.folder / "data"
        for name, mode in (("key.pem", 0o600), ("cert.pem", 0o644)):
            made = data / name
            made.write_bytes((folder / name).read_bytes())
            made.chmod(mode)
            owner = data.stat()
            os.chown(made, owner.st_uid, owner.st_gid)
        for setting in ("ssl_cert_file = 'cert.pem'", "ssl_key_file = 'key.pem'", "ssl = on"):
            server.run(f"alter system set {setting}")
        server.run("select pg_reload_conf()")
        yield server, folder / "cert.pem"


@pytest.mark.parametrize(
    ("host", "roots", "believed"), [("localhost", True, True), ("localhost", False, False), ("127.0.0.1", True, False)]
)
def test_only_a_certificate_somebody_vouches_for_and_of_that_name_is_believed(
    encrypted: tuple[Server, Path], host: str, roots: bool, believed: bool
) -> None:
    server, certificate = encrypted
    more = f"&sslrootcert={certificate}" if roots else ""
    address = server.url("postgres").replace("127.0.0.1", host)
    with closing(open_store(f"{address}?sslmode=verify-full{more}")) as store:
        if believed:
            with store.reading() as u:
                assert u.connection.exec_driver_sql("select ssl from pg_stat_ssl where pid = pg_backend_pid()").scalar()
        else:
            with pytest.raises(DeskError, match="was not believed"), store.reading():
                pass
