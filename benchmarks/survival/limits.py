"""A folder that may not be written, and too few file handles."""

import shutil
import socket
from contextlib import ExitStack
from pathlib import Path

import httpx

from benchmarks.load_server import Served
from benchmarks.survival.cases import PATIENCE, Case, pincite, try_command, try_request
from benchmarks.survival.disks import QUESTION, tracebacks, use
from benchmarks.survival.fates import OLD, write
from benchmarks.survival.rooms import read_only

HANDLES = (10, 12, 16, 20, 24, 32, 48)  # a process may have; a server has 33 open at rest
SERVER_HANDLES = 64
IDLE = 60  # connections of clients that say nothing


def read_only_folder(work: Path, index: Path) -> Case:
    """An index on a disk that was mounted read-only, at the terminal and under a server."""
    case = Case("read-only index folder")
    copy, folder = work / "read-only", work / "folder"
    shutil.copytree(index, copy)
    write(folder, OLD)
    commands = (("ingest", str(folder)), ("ask", QUESTION), ("status",), ("key", "create", "ann"))
    with read_only(copy):
        for command in commands:
            try_command(case, command[0], pincite(*command, "--index", str(copy)))
    with Served(copy, work / "read-only.log") as server:
        client = httpx.Client(base_url=server.url, timeout=PATIENCE)
        talk = client.post("/v1/conversations").json()["id"]
        with read_only(copy):
            use(case, client, talk, "while it is read-only")
        use(case, client, talk, "")
    case.faults += tracebacks(work / "read-only.log")
    for command in commands:
        done = pincite(*command, "--index", str(copy))
        case.expect(done.returncode == 0, f"{command[0]} afterwards: {done.stderr}")
    return case


def few_handles(work: Path, index: Path) -> Case:
    """Commands with fewer and fewer handles."""
    case = Case("few file handles at the terminal")
    folder = work / "folder"
    write(folder, OLD)
    for handles in HANDLES:
        copy = work / f"handles-{handles}"
        shutil.copytree(index, copy)
        limited = ("prlimit", f"--nofile={handles}")
        for command in (("ingest", str(folder)), ("ask", QUESTION), ("status",)):
            done = pincite(*command, "--index", str(copy), prefix=limited)
            try_command(case, f"{command[0]} with {handles} handles", done)
        done = pincite("ingest", str(folder), "--index", str(copy))
        case.expect(done.returncode == 0, f"ingest afterwards: {done.stderr}")
        told = pincite("status", "--json", "--index", str(copy)).stdout
        case.expect('"documents":63' in told, f"not all is live afterwards: {told[:300]}")
    return case


def handles_run_out(work: Path, index: Path) -> Case:
    """A server whose handles are taken by clients that only hold connections, and then let go."""
    case = Case("file handles run out under a server")
    copy = work / "few"
    shutil.copytree(index, copy)
    limited = ("prlimit", f"--nofile={SERVER_HANDLES}")
    with Served(copy, work / "few.log", limited) as server:
        client = httpx.Client(base_url=server.url, timeout=PATIENCE)
        talk = client.post("/v1/conversations").json()["id"]
        port = httpx.URL(server.url).port or 0
        for idle in range(10, IDLE, 2):
            with ExitStack() as held:
                for _ in range(idle):
                    held.enter_context(socket.create_connection(("127.0.0.1", port)))
                # On the connection that is open already: another one would wait to be accepted.
                asked = client.post("/v1/chat", json={"question": QUESTION, "conversation_id": talk})
                try_request(case, f"turn beside {idle} idle connections", asked)
        use(case, client, talk, "")
    case.faults += tracebacks(work / "few.log")
    return case
