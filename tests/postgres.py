"""A PostgreSQL server of the tests' own, in a temporary folder, thrown away afterwards."""

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from urllib.parse import urlencode

import psycopg

PROGRAMS = "/usr/lib/postgresql/*/bin"  # where Debian keeps them, out of the path
USER = "pincite"
PASSWORD = "s3cret/of@tests"
_numbers = count()


def find_programs() -> Path | None:
    """The folder of the newest PostgreSQL server that is installed."""
    on_path = shutil.which("pg_ctl")
    found = [Path(on_path).parent] if on_path else sorted(Path("/").glob(PROGRAMS[1:]), key=_version)
    return found[-1] if found else None


def _version(folder: Path) -> int:
    return int(folder.parent.name)


class Cluster:
    """A server that keeps nothing safe: it is quick, and listens on a socket and on a loopback port."""

    def __init__(self, programs: Path, folder: Path) -> None:
        self._programs = programs
        self.folder = folder
        # The server refuses to be root.
        self._user = pwd.getpwnam("nobody").pw_uid if os.getuid() == 0 else None
        if self._user is not None:
            os.chown(folder, self._user, -1)
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self._run("initdb", "-U", USER, "-A", "trust", "--auth-host=scram-sha-256", "-E", "UTF8", "--no-sync")
        with (folder / "data" / "postgresql.conf").open("a") as settings:
            settings.write(
                f"port = {self.port}\nlisten_addresses = '127.0.0.1'\nunix_socket_directories = '{folder}'\n"
                "fsync = off\nmax_connections = 40\nautovacuum = off\n"
            )

    def start(self) -> None:
        """Returns when it can be asked."""
        self._run("pg_ctl", "-w", "-l", str(self.folder / "log"), "start")

    def stop(self) -> None:
        """Ends at once, as by a crash."""
        self._run("pg_ctl", "-w", "-m", "immediate", "stop")

    def address(self, schema: str = "public", **options: object) -> str:
        """Of the database, through the socket, with the schema in which tables are."""
        told = {"host": self.folder, "port": self.port, "options": f"-csearch_path={schema}", **options}
        return f"postgresql://{USER}@/postgres?{urlencode(told)}"

    @contextmanager
    def schema(self) -> Iterator[str]:
        """The address of an empty schema."""
        name = f"t{next(_numbers)}"
        with psycopg.connect(self.address(), autocommit=True) as connection:
            connection.execute(f"CREATE SCHEMA {name}".encode())
            yield self.address(name)
            connection.execute(f"DROP SCHEMA {name} CASCADE".encode())

    def _run(self, program: str, *arguments: str) -> None:
        command = [self._programs / program, "-D", self.folder / "data", *arguments]
        with (self.folder / "out").open("wb") as out:  # the server inherits it: a pipe would stay open
            done = subprocess.run(
                command, user=self._user, stdout=out, stderr=out, cwd=self.folder, check=False
            )
        assert done.returncode == 0, (self.folder / "out").read_text()


@contextmanager
def running_cluster(programs: Path) -> Iterator[Cluster]:
    """A server that lives as long as the context."""
    # Short, for the socket's name; not below pytest's folder, which nobody else may enter.
    folder = Path(tempfile.mkdtemp(prefix="pg-"))
    try:
        cluster = Cluster(programs, folder)
        cluster.start()
        with psycopg.connect(cluster.address(), autocommit=True) as connection:
            connection.execute(f"ALTER ROLE {USER} PASSWORD '{PASSWORD}'".encode())
        yield cluster
        cluster.stop()
    finally:
        shutil.rmtree(folder)
