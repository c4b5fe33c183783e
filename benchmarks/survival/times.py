"""A folder that goes away and comes back, a clock that goes back, many readers beside two writers."""

import os
import shutil
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection
from pathlib import Path

import httpx

from benchmarks.load_server import Served
from benchmarks.survival.cases import PATIENCE, Case, pincite, try_request
from benchmarks.survival.disks import QUESTION, tracebacks, use
from benchmarks.survival.dying import builder
from benchmarks.survival.fates import write
from benchmarks.survival.processes import FORKED
from ingest.build import Builder
from ingest.documents import only_space_outside
from ingest.errors import IndexBusy
from ingest.index import ChromaIndex
from ingest.store import PassageKey
from ingest.store.sqlite import SqliteStore
from tests.fakes import HashEmbedder

LIBRARY = "/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1"  # of Debian's package libfaketime
READERS, WRITERS = 10, 2
SECONDS = 60.0
DOCUMENTS = 40


def folder_goes_away(work: Path, index: Path) -> Case:
    """The index folder is moved away under a server, and back; then another index is put in its place."""
    case = Case("index folder goes away under a server")
    copy, away = work / "here", work / "away"
    shutil.copytree(index, copy)
    with Served(copy, work / "away.log") as server:
        client = httpx.Client(base_url=server.url, timeout=PATIENCE)
        talk = client.post("/v1/conversations").json()["id"]
        asked = {"question": QUESTION, "conversation_id": talk}
        before = client.post("/v1/chat", json=asked).raise_for_status().json()
        copy.rename(away)
        use(case, client, talk, "while the folder is away")
        try_request(case, "reindex, while the folder is away", client.post("/v1/documents/reindex"))
        case.expect(not copy.exists(), "something was made in the folder's place")
        if copy.exists():
            shutil.rmtree(copy)
        away.rename(copy)
        kept = client.get(f"/v1/conversations/{talk}").json()["turns"]
        case.expect(len(kept) == 1, f"{len(kept)} turns are kept, not 1")
        again = client.post("/v1/chat", json={"question": QUESTION}).json()
        case.expect(again["claims"] == before["claims"], "another answer afterwards")
        verified = client.post("/v1/verify", json=before).json()
        case.expect(verified["ok"], f"citations afterwards: {verified}")
        use(case, client, talk, "")
        _put_another_in_place(case, client, copy, work)
    case.faults += tracebacks(work / "away.log")
    return case


def _put_another_in_place(case: Case, client: httpx.Client, copy: Path, work: Path) -> None:
    """An index of the same model, with other texts under the same keys."""
    folder = work / "others"
    folder.mkdir()
    for number in range(30):
        (folder / f"other-{number}.txt").write_text(
            f"Lamp {number} stands in hall {number * 7}. It is green."
        )
    other = work / "other"
    done = pincite("ingest", str(folder), "--index", str(other))
    case.expect(done.returncode == 0, done.stderr)
    copy.rename(work / "old")
    other.rename(copy)
    query = "Where does lamp 12 stand?"
    found = client.post("/v1/search", json={"query": query, "limit": 5}).json()
    alone = Served(copy, work / "alone.log")
    with alone:
        fresh = httpx.post(
            f"{alone.url}/v1/search", json={"query": query, "limit": 5}, timeout=PATIENCE
        ).json()
    case.expect(found == fresh, f"found in another order than by a server that was started anew: {found}")


def clock_goes_back(work: Path, index: Path) -> Case:
    """The clock is set back by a year while a server runs, and forth again."""
    case = Case("clock set back under a server")
    copy, clock = work / "clocked", work / "clock"
    shutil.copytree(index, copy)
    clock.write_text("+0", encoding="ascii")
    prefix = (
        "env",
        f"LD_PRELOAD={os.environ.get('FAKETIME_LIBRARY', LIBRARY)}",
        f"FAKETIME_TIMESTAMP_FILE={clock}",
        "FAKETIME_NO_CACHE=1",
        "FAKETIME_DONT_FAKE_MONOTONIC=1",  # a clock that is set is the wall's; the other one never goes back
    )
    with Served(copy, work / "clock.log", prefix) as server:
        client = httpx.Client(base_url=server.url, timeout=PATIENCE)
        talk = client.post("/v1/conversations").json()["id"]
        use(case, client, talk, "")
        for days in ("-365d", "-1d", "+0"):
            clock.write_text(days, encoding="ascii")
            use(case, client, talk, "")
            listed = client.get("/v1/conversations").json()["conversations"]
            latest = client.post("/v1/conversations").json()["id"]
            first = client.get("/v1/conversations").json()["conversations"][0]["id"]
            case.expect(any(each["id"] == talk for each in listed), f"{days}: a conversation is lost")
            case.expect(first == latest, f"{days}: the conversation used last is not the first")
        told = client.get(f"/v1/conversations/{talk}").json()["turns"]
        times = [turn["concluded"] for turn in told]
        case.expect(times == sorted(times), f"turns out of order: {times}")
        created = client.get(f"/v1/conversations/{talk}").json()["created"]
        case.expect(created.startswith(time.strftime("%Y")), f"the clock was not set at all: {created}")
    logged = {line[10:14] for line in (work / "clock.log").read_text(encoding="utf-8").splitlines()}
    case.expect(len(logged) > 1, f"the clock did not go back: years in the log are {logged}")
    case.faults += tracebacks(work / "clock.log")
    return case


def readers_beside_writers(work: Path) -> Case:
    """Two writers at once, and ten readers beside them: each of these sees one whole edition."""
    case = Case("two writers and ten readers at once")
    index = work / "shared"
    for writer in range(WRITERS):
        _write_edition(work / f"w{writer}", writer, 0)
        builder_of_whole(index).ingest([str(work / f"w{writer}")])
    with _running(_read_on, index, READERS) as readers, _running(_write_on, index, WRITERS, work) as writers:
        read = [_received(pipe) for pipe in readers]
        written = [_received(pipe) for pipe in writers]
    counts: Counter[str] = Counter()
    for counted, faults in (*read, *written):
        counts.update(counted)
        case.faults += faults[:5]
    case.went = counts["reads"] + counts["editions"]
    case.told = {name: str(number) for name, number in counts.items()}
    case.expect(counts["told that another writes"] > 0, "no writer ever met the other")
    case.expect(counts["editions"] > WRITERS, "hardly anything was written")
    return case


def _received(pipe: Connection) -> tuple[Counter[str], list[str]]:
    try:
        counted, faults = pipe.recv()
        return counted, faults
    except EOFError:
        return Counter(), ["a process died"]


def builder_of_whole(index: Path) -> Builder:
    """One batch for all of a writer's documents, so that they become live together."""
    return builder(index, batch_passages=1000)


def _write_edition(folder: Path, writer: int, edition: int) -> None:
    text = f"Edition {edition} holds this. " + "More words follow here. " * 20
    write(folder, {f"w{writer}-{n}.txt": f"Paper {n} of {writer}. {text}" for n in range(DOCUMENTS)})


@contextmanager
def _running(work: Callable[..., None], index: Path, number: int, *more: Path) -> Iterator[list[Connection]]:
    pipes, processes = [], []
    for each in range(number):
        ours, theirs = FORKED.Pipe(duplex=False)
        process = FORKED.Process(target=work, args=(index, each, theirs, *more), daemon=True)
        process.start()
        theirs.close()
        pipes.append(ours)
        processes.append(process)
    yield pipes
    for process in processes:
        process.join()


def _write_on(index: Path, writer: int, told: Connection, work: Path) -> None:
    counted: Counter[str] = Counter()
    faults: list[str] = []
    until = time.monotonic() + SECONDS
    build, edition = builder_of_whole(index), 0
    while time.monotonic() < until:
        edition += 1
        _write_edition(work / f"w{writer}", writer, edition)
        try:
            build.ingest([str(work / f"w{writer}")])
            counted["editions"] += 1
            time.sleep(0.3)  # for the other writer
        except IndexBusy as refusal:
            counted["told that another writes"] += 1
            if str(index) not in str(refusal) or "try again" not in str(refusal):
                faults.append(str(refusal))
            time.sleep(0.05)
        except Exception as error:  # noqa: BLE001 - whatever else is a fault
            faults.append(repr(error))
    told.send((counted, faults))


def _read_on(index: Path, _: int, told: Connection) -> None:
    counted: Counter[str] = Counter()
    faults: list[str] = []
    vectors, until = ChromaIndex(index / "chroma"), time.monotonic() + SECONDS
    while time.monotonic() < until:
        try:
            faults += _read_once(index, vectors)
            counted["reads"] += 1
        except Exception as error:  # noqa: BLE001 - whatever a reader meets is a fault
            faults.append(repr(error))
    told.send((counted, faults))


def _read_once(index: Path, vectors: ChromaIndex) -> list[str]:
    faults = []
    with SqliteStore(index).reading() as live:
        summaries = live.summaries()
        texts = {summary.id: live.document(summary.id) for summary in summaries}
        editions = {name[:2]: set() for name in texts}  # type: ignore[var-annotated]
        for name, document in texts.items():
            editions[name[:2]].add(document.text.split("Edition ")[1].split(" ")[0])
            if not only_space_outside(document.text, [each.span for each in live.sentences(document)]):
                faults.append(f"{name}: sentences are missing")
        faults += [f"{name}: editions {seen} at once" for name, seen in editions.items() if len(seen) > 1]
        if len(texts) != WRITERS * DOCUMENTS:
            faults.append(f"{len(texts)} documents")
        found = vectors.nearest(HashEmbedder().embed_query("edition"), 100, None, live.generation())
        shown = live.passages([key for key, _ in found])
        if not shown:
            faults.append("nothing of what was found is live")
        faults += [f"{key} is of no document" for key in shown if not isinstance(key, PassageKey)]
    return faults
