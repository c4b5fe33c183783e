"""A database that is not there, or goes away: what is told, and that nothing is lost or given away."""

import contextlib
import traceback
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import psycopg
import pytest
from pydantic import SecretStr

from ingest.errors import IndexBusy, IndexCorrupt, IndexMissing, IndexUnreachable, IngestError
from ingest.postgres import Database
from ingest.store.postgres import PostgresStore
from ingest.upkeep.tables import examine_tables
from ingest.upkeep.vectors import VectorCheck
from tests.contract.test_store import document, put
from tests.postgres import PASSWORD, USER, Cluster, running_cluster


def store_at(address: str, folder: Path) -> PostgresStore:
    return PostgresStore(folder, Database(SecretStr(address)))


@pytest.fixture
def store(postgres: str, tmp_path: Path) -> PostgresStore:
    """A store that holds a document."""
    store = store_at(postgres, tmp_path)
    put(store, document())
    return store


@contextlib.contextmanager
def asking(address: str) -> Iterator[psycopg.Connection]:
    with psycopg.connect(address, autocommit=True) as connection:
        yield connection


def end_all_others(address: str) -> None:
    """As an administrator does, or a network."""
    with asking(address) as connection:
        connection.execute(
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
            " WHERE application_name LIKE 'pincite%' AND pid <> pg_backend_pid()"
        )


def test_nobody_listening_is_told_with_the_address(tmp_path: Path) -> None:
    store = store_at("postgresql://ann:hush@127.0.0.1:1/shelf", tmp_path)
    told = r"'shelf' at 127\.0\.0\.1:1 cannot be used now.*refused"
    with pytest.raises(IndexUnreachable, match=told) as caught, store.reading():
        pass
    assert "hush" not in everything_told(caught.value)


def test_a_database_that_is_not_there_is_told(cluster: Cluster, tmp_path: Path) -> None:
    address = cluster.address().replace("/postgres?", "/nosuch?")
    with (
        pytest.raises(IndexUnreachable, match='database "nosuch" does not exist'),
        store_at(address, tmp_path).writing(),
    ):
        pass


@pytest.mark.parametrize("password", ["not the one", PASSWORD])
def test_a_password_is_asked_for_and_never_told(cluster: Cluster, password: str, tmp_path: Path) -> None:
    address = f"postgresql://{USER}:{quote(password, safe='')}@127.0.0.1:{cluster.port}/postgres"
    store = store_at(address, tmp_path)
    if password == PASSWORD:
        with pytest.raises(IndexMissing), store.reading():
            pass
    else:
        with (
            pytest.raises(IndexUnreachable, match="password authentication failed") as caught,
            store.reading(),
        ):
            pass
        assert password not in everything_told(caught.value)


@pytest.mark.parametrize(
    "address", [f"postgresql://ann:{PASSWORD}@db/shelf", "postgresql://ann:p%zz@db/shelf", "hush=1 x"]
)
def test_what_is_no_address_is_refused_without_repeating_it(address: str) -> None:
    with pytest.raises(IngestError, match=r"storage\.book is no address") as caught:
        Database(SecretStr(address))
    told = everything_told(caught.value)
    assert not any(part in told for part in ("s3cret", "tests@db", "p%zz", "hush"))


def everything_told(error: BaseException) -> str:
    return "".join(traceback.format_exception(error)) + repr(error)


def test_a_connection_that_died_between_two_snapshots_is_not_noticed(
    store: PostgresStore, postgres: str
) -> None:
    with store.reading():
        pass
    end_all_others(postgres)
    with store.reading() as live:
        assert live.document("a.txt") == document()


def test_a_connection_that_dies_within_a_snapshot_is_told_and_the_next_one_is_another(
    store: PostgresStore, postgres: str
) -> None:
    def look() -> None:
        with store.reading() as live:
            end_all_others(postgres)
            live.document("a.txt")

    with pytest.raises(IndexUnreachable) as caught:
        look()
    assert caught.value.retryable
    with store.reading() as live:
        assert live.document("a.txt") == document()


def test_a_writer_that_is_cut_off_has_changed_nothing_and_holds_no_lock(
    store: PostgresStore, postgres: str
) -> None:
    with store.writing() as writing:
        writing.reserve([1])
        end_all_others(postgres)
        with pytest.raises(IndexUnreachable):
            writing.remove(["a.txt"])
    with store.reading() as live:
        assert live.document("a.txt") == document()
    with store.writing() as writing:
        writing.remove(["a.txt"])


def test_who_writes_is_named(store: PostgresStore, postgres: str, tmp_path: Path) -> None:
    with (
        store.writing(),
        pytest.raises(IndexBusy, match=r"pincite \S+ \d+ \(on the same machine\) is writing"),
    ):
        store_at(postgres, tmp_path).writing().__enter__()


def test_a_damaged_database_is_told_with_who_repairs_it(postgres_programs: Path, tmp_path: Path) -> None:
    with running_cluster(postgres_programs) as cluster:
        store = store_at(cluster.address(), tmp_path)
        put(store, document())
        with asking(cluster.address()) as connection:
            connection.execute("CHECKPOINT")
            ((file,),) = connection.execute("SELECT pg_relation_filepath('contents')").fetchall()
        cluster.stop()
        with (cluster.folder / "data" / file).open("r+b") as pages:
            pages.write(b"\xa5" * 4096)
        cluster.start()
        with pytest.raises(IndexCorrupt, match=r"is damaged.*pg_restore"), store.reading() as live:
            live.document("a.txt")
        (found,) = examine_tables(store, VectorCheck)
        assert "pg_restore" in found.told
        assert not found.is_mended


def test_two_schemas_are_two_indexes(store: PostgresStore, cluster: Cluster, tmp_path: Path) -> None:
    with cluster.schema() as address, store.writing():
        other = store_at(address, tmp_path)
        put(other, document(text="Another text."))
        with other.reading() as live:
            assert live.document("a.txt").text == "Another text."


def test_two_databases_are_two_indexes(cluster: Cluster, tmp_path: Path) -> None:
    with asking(cluster.address()) as connection:  # whose public schemas have the same number
        connection.execute("CREATE DATABASE first")
        connection.execute("CREATE DATABASE second")
    first, second = (
        store_at(cluster.address().replace("/postgres?", f"/{name}?"), tmp_path)
        for name in ("first", "second")
    )
    put(second, document())
    with first.writing():
        assert first.is_being_written()
        assert not second.is_being_written()
        put(second, document())


def test_a_later_layout_and_tables_of_others_are_refused(
    store: PostgresStore, postgres: str, tmp_path: Path
) -> None:
    with asking(postgres) as connection:
        connection.execute("UPDATE layouts SET version = 99")
        with pytest.raises(IndexCorrupt, match="layout 99"), store.reading():
            pass
        connection.execute("DELETE FROM layouts")
        with pytest.raises(IndexCorrupt, match="tables of others"), store_at(postgres, tmp_path).writing():
            pass


def test_a_database_that_cannot_keep_every_text_is_refused(cluster: Cluster, tmp_path: Path) -> None:
    with asking(cluster.address()) as connection:
        connection.execute("CREATE DATABASE old ENCODING 'LATIN1' LOCALE 'C' TEMPLATE template0")
    store = store_at(cluster.address().replace("/postgres?", "/old?"), tmp_path)
    with pytest.raises(IngestError, match="keeps texts as LATIN1"), store.reading():
        pass


def test_a_schema_that_is_not_there_is_told(cluster: Cluster, tmp_path: Path) -> None:
    with (
        pytest.raises(IngestError, match="no schema"),
        store_at(cluster.address("nosuch"), tmp_path).writing(),
    ):
        pass


def test_who_may_not_make_tables_is_told(cluster: Cluster, tmp_path: Path) -> None:
    with cluster.schema() as address, asking(address) as connection:
        connection.execute("CREATE ROLE guest LOGIN")
        connection.execute("GRANT USAGE ON SCHEMA " + address.rpartition("%3D")[2] + " TO guest")
        guest = address.replace(f"//{USER}@", "//guest@")
        with (
            pytest.raises(IngestError, match="refuses: permission denied"),
            store_at(guest, tmp_path).writing(),
        ):
            pass
        connection.execute("DROP OWNED BY guest")
        connection.execute("DROP ROLE guest")
