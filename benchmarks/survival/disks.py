"""A full disk: during an ingest, a question, a conversation, an upload, the keeping of a draft."""

import shutil
from contextlib import suppress
from pathlib import Path

import httpx

from benchmarks.load_server import Served
from benchmarks.survival.cases import PATIENCE, Case, half_done, pincite, try_command, try_request
from benchmarks.survival.dying import Place, change, make_base
from benchmarks.survival.fates import AFTER, OLD, write
from benchmarks.survival.looking import look
from benchmarks.survival.processes import apart
from benchmarks.survival.rooms import filled, small_disk
from ingest.errors import IndexBusy, StorageUnavailable
from qa.draft_cache import DraftCache, KeptDraft
from qa.drafts import Statement

OPERATION = "all at once"
ROOMS = range(0, 1_000_000, 25_000)  # bytes left
QUESTION = "How many Tomahawks will Japan receive?"


def full_while_ingesting(work: Path) -> Case:
    """Room for less and less of an ingest: at whatever step it runs out, nothing is half-done."""
    case = Case("disk full during an ingest")
    with small_disk(work / "disk", 40) as disk:
        origin = Place(disk / "before", disk / "folder")
        write(origin.folder, OLD)
        apart(make_base, origin)
        for left in ROOMS:
            _ingest_with(case, origin, left)
    return case


def _ingest_with(case: Case, origin: Place, left: int) -> None:
    place = Place(origin.index.with_name("index"), origin.folder)
    shutil.rmtree(place.index, ignore_errors=True)
    shutil.copytree(origin.index, place.index)
    write(place.folder, AFTER[OPERATION])
    with filled(place.index.parent, left):
        try:
            apart(change, place, OPERATION)
            case.went += 1
        except (StorageUnavailable, IndexBusy) as refusal:
            case.refused(f"{left:,} bytes left", str(refusal))
        except Exception as error:  # noqa: BLE001 - whatever else comes is a fault, and counted
            case.faults.append(f"{left:,} bytes left: {error!r}")
    seen = apart(look, place, OPERATION, is_complete=False)
    _complete(place)
    again = apart(look, place, OPERATION, is_complete=True)
    case.faults += [f"{left:,} bytes left: {fault}" for fault in (*seen.faults, *again.faults)]


def _complete(place: Place) -> None:
    """Does the operation to its end; who is told that somebody else is at it tries again."""
    for _ in range(5):
        with suppress(IndexBusy):
            return apart(change, place, OPERATION)
    return apart(change, place, OPERATION)


def full_at_the_terminal(work: Path, index: Path) -> Case:
    """The commands, over an index on a disk without room."""
    case = Case("disk full at the terminal")
    with small_disk(work / "disk", 90) as disk:
        copy = disk / "index"
        shutil.copytree(index, copy)
        folder = disk / "folder"
        write(folder, OLD)
        commands = (("ingest", str(folder)), ("ask", QUESTION), ("status",), ("key", "create", "NAME"))
        for left in (0, 50_000, 300_000):
            with filled(disk, left):
                for command in commands:
                    named = (part.replace("NAME", f"ann-{left}") for part in command)
                    done = pincite(*named, "--index", str(copy))
                    try_command(case, f"{command[0]} with {left:,} bytes left", done)
        for command in (*commands[:3], ("remove", *OLD)):
            done = pincite(*command, "--index", str(copy))
            case.expect(done.returncode == 0, f"{command[0]} afterwards: {done.stderr}")
    return case


def full_under_a_server(work: Path, index: Path) -> Case:
    """A server whose disk fills up, and has room again."""
    case = Case("disk full under a server")
    with small_disk(work / "disk", 120) as disk:
        copy = disk / "index"
        shutil.copytree(index, copy)
        with (
            Served(copy, work / "full.log") as server,
            httpx.Client(base_url=server.url, timeout=PATIENCE) as client,
        ):
            talk = client.post("/v1/conversations").json()["id"]
            asked = {"question": QUESTION, "conversation_id": talk}
            client.post("/v1/chat", json=asked).raise_for_status()
            with filled(disk):
                use(case, client, talk, "full")
            _check_turns(case, client, talk)
            case.faults += half_done(copy)
            use(case, client, talk, "")
    case.faults += tracebacks(work / "full.log")
    return case


def use(case: Case, client: httpx.Client, talk: str, when: str) -> None:
    """Everything that writes; with `when` it may be refused."""
    asked = {"question": QUESTION, "conversation_id": talk}
    tries = {
        "search": lambda: client.post("/v1/search", json={"query": QUESTION}),
        "question": lambda: client.post("/v1/chat", json={"question": QUESTION}),
        "conversation": lambda: client.post("/v1/conversations"),
        "turn": lambda: client.post("/v1/chat", json=asked),
        "streamed turn": lambda: client.post("/v1/chat/stream", json=asked),
        "upload": lambda: client.post("/v1/documents", files={"files": ("a.txt", "A fact. " * 20_000)}),
        "readyz": lambda: client.get("/readyz"),
    }
    for name, request in tries.items():
        done = try_request(case, f"{name}, {when}", request())
        if not when and not done:
            case.faults.append(f"{name}: refused afterwards")


def _check_turns(case: Case, client: httpx.Client, talk: str) -> None:
    kept = client.get(f"/v1/conversations/{talk}").json()["turns"]
    case.expect(all(turn["answer"]["outcome"] for turn in kept), "a turn kept by half")


def tracebacks(log: Path) -> list[str]:
    """Lines of a log that tell of something nobody foresaw."""
    lines = log.read_text(encoding="utf-8").splitlines()
    return [f"log: {line[:600]}" for line in lines if "traceback" in line.lower()]


def full_while_keeping_a_draft(work: Path) -> Case:
    """A draft that cannot be kept is an answer still."""
    case = Case("disk full while a draft is kept")
    with small_disk(work / "disk", 2) as disk:
        cache = DraftCache(disk, 100)
        draft = KeptDraft((Statement("A fact.", ("S1",)),), 1, 1, frozenset({("a.txt", "version")}))
        cache.put("before", draft)
        for left in range(0, 100_000, 10_000):
            with filled(disk, left):
                for number in range(5):
                    cache.put(f"{left}-{number}", draft)
                    kept = cache.get(f"{left}-{number}")
                    case.expect(kept in (None, KeptDraft(draft.statements, 1, 1)), f"a draft by half: {kept}")
        cache.put("after", draft)
        case.expect(cache.get("before") is not None, "a draft of before is lost")
        case.expect(cache.get("after") is not None, "no draft is kept afterwards")
    return case
