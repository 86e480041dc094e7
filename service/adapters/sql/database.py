"""Opens the database: its connections, its migrations, and the threads that wait for it."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from importlib.resources import files
from pathlib import Path
from typing import Any, Final, TypeVar

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, create_engine, event, make_url

from service.domain.errors import SchemaTooNew

T = TypeVar("T")
READERS: Final = 4
BUSY_MS: Final = 5_000


class Database:
    """An engine with one writer and a few readers, each call off the event loop.

    Args:
        url: A database URL of SQLAlchemy.
        read_only: Leave the schema as it is.

    Raises:
        SchemaTooNew: A newer Byline wrote it.
    """

    def __init__(self, url: str, *, read_only: bool = False) -> None:
        self._engine = _engine(url)
        self._readers = ThreadPoolExecutor(READERS, thread_name_prefix="sql-read")
        self._writer = ThreadPoolExecutor(1, thread_name_prefix="sql-write")
        if not read_only:
            migrate(self._engine)

    async def read(self, call: Callable[[Connection], T]) -> T:
        """Run `call` in a transaction that reads."""
        return await asyncio.get_running_loop().run_in_executor(self._readers, self._run, call, False)

    async def write(self, call: Callable[[Connection], T]) -> T:
        """Run `call` in a transaction of its own; committed and durable on return."""
        return await asyncio.get_running_loop().run_in_executor(self._writer, self._run, call, True)

    def _run(self, call: Callable[[Connection], T], writes: bool) -> T:  # noqa: FBT001 - private, by position
        with self._engine.connect().execution_options(writes=writes) as connection, connection.begin():
            return call(connection)

    def close(self) -> None:
        """Finish what is running and let go of the database."""
        self._readers.shutdown()
        self._writer.shutdown()
        self._engine.dispose()


def _engine(url: str) -> Engine:
    engine = create_engine(url)
    if engine.dialect.name == "sqlite":

        @event.listens_for(engine, "connect")
        def _connected(connection: Any, _record: object) -> None:
            connection.isolation_level = None  # transactions are begun below, not by the driver
            for pragma in (
                "journal_mode=WAL",
                "synchronous=FULL",
                "foreign_keys=ON",
                f"busy_timeout={BUSY_MS}",
            ):
                connection.execute(f"PRAGMA {pragma}")

        @event.listens_for(engine, "begin")
        def _begun(connection: Connection) -> None:
            # A writer that begins as a reader can fail half-way with "database is locked".
            writes = connection.get_execution_options().get("writes", True)
            connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    return engine


def migrate(engine: Engine) -> None:
    """Bring the schema to the newest migration, a copy of an older SQLite file beside it first."""
    config = Config()
    config.set_main_option("script_location", str(files("service.adapters.sql") / "migrations"))
    scripts = ScriptDirectory.from_config(config)
    head = scripts.get_current_head()
    with engine.connect() as connection:
        current = MigrationContext.configure(connection).get_current_revision()
    if current == head:
        return
    if current is not None:
        if current not in {script.revision for script in scripts.walk_revisions()}:
            raise SchemaTooNew(
                f"the database has schema {current}, newer than this Byline ({head}): upgrade Byline, or go "
                "back to a copy of the database made before"
            )
        _copy(engine, current)
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


def _copy(engine: Engine, current: str) -> None:
    path = make_url(str(engine.url)).database
    if engine.dialect.name == "sqlite" and path:
        target = Path(f"{path}.before-{current}")
        target.unlink(missing_ok=True)
        with engine.connect() as connection:
            connection.connection.driver_connection.execute("VACUUM INTO ?", (str(target),))  # type: ignore[union-attr]
