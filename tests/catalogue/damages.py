"""What may become of a journal's file, each done to one."""

import os
import sqlite3
from contextlib import closing
from pathlib import Path

from thorsched.catalogue.database import VERSION


def empty(path: Path) -> None:
    path.write_bytes(b"")


def garbage(path: Path) -> None:
    path.write_bytes(os.urandom(20_000))


def torn(path: Path) -> None:
    with path.open("r+b") as file:
        file.truncate(path.stat().st_size * 2 // 3)


def overwritten(path: Path) -> None:
    with path.open("r+b") as file:
        file.seek(4096)
        file.write(os.urandom(4096 * 3))


def foreign(path: Path) -> None:
    path.unlink()
    with closing(sqlite3.connect(path)) as other:
        other.execute("CREATE TABLE theirs (what)")
        other.commit()


def newer(path: Path) -> None:
    with closing(sqlite3.connect(path)) as journal:
        journal.execute(f"PRAGMA user_version = {VERSION + 1}")


def link(path: Path) -> None:
    elsewhere = path.with_name("elsewhere")
    path.rename(elsewhere)
    path.symlink_to(elsewhere)


def dangling_link(path: Path) -> None:
    path.unlink()
    path.symlink_to(path.with_name("nowhere"))


def fifo(path: Path) -> None:
    path.unlink()
    os.mkfifo(path)


def directory(path: Path) -> None:
    path.unlink()
    path.mkdir()


def log_is_a_link(path: Path) -> None:
    path.with_name(f"{path.name}-wal").symlink_to(path.with_name("elsewhere"))


def only_its_log_is_left(path: Path) -> None:
    path.rename(path.with_name(f"{path.name}-wal"))


def rollback_log_is_a_fifo(path: Path) -> None:
    os.mkfifo(path.with_name(f"{path.name}-journal"))


def rollback_log_is_a_link(path: Path) -> None:
    path.with_name(f"{path.name}-journal").symlink_to(path.with_name("nowhere"))


def has_a_trigger(path: Path) -> None:
    with closing(sqlite3.connect(path)) as journal:
        journal.execute("CREATE TRIGGER late AFTER INSERT ON events BEGIN DELETE FROM runs; END")


def other_tables(path: Path) -> None:
    with closing(sqlite3.connect(path)) as journal:
        journal.execute("DROP TABLE gaps")
        journal.execute("CREATE VIEW gaps AS SELECT * FROM events")


def a_view_more(path: Path) -> None:
    with closing(sqlite3.connect(path)) as journal:
        journal.execute("CREATE VIEW latest AS SELECT * FROM events ORDER BY at DESC LIMIT 9")
