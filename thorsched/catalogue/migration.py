"""A journal of an earlier thorsched gets the tables of today, with all that is in it.

Called by `database.py`. There is no script a version: what a table lacks of today's columns gets
their defaults, so that `schema.sql` alone says what a journal is. A version that changes what a
column means will need a step of its own, here.
"""

import sqlite3


def migrate(journal: sqlite3.Connection, today: sqlite3.Connection) -> None:
    """Make the tables of `journal` those of `today`, an empty one, whole or not at all.

    Raises `sqlite3.Error`. Views stay; indexes that a person has added go with their table.
    """
    journal.execute("PRAGMA legacy_alter_table = ON")  # a view may lack its table for a moment
    journal.execute("BEGIN IMMEDIATE")
    try:
        _drop_indexes(journal, today)
        _renew_tables(journal, today)
        for (sql,) in _made(today, "index", "sql"):
            journal.execute(sql)
        (version,) = today.execute("PRAGMA user_version").fetchone()
        journal.execute(f"PRAGMA user_version = {version}")
        journal.execute("COMMIT")
    except BaseException:
        if journal.in_transaction:
            journal.execute("ROLLBACK")
        raise
    finally:
        journal.execute("PRAGMA legacy_alter_table = OFF")


def _drop_indexes(journal: sqlite3.Connection, today: sqlite3.Connection) -> None:
    for (name,) in _made(today, "index", "name"):
        journal.execute(f"DROP INDEX IF EXISTS {name}")


def _renew_tables(journal: sqlite3.Connection, today: sqlite3.Connection) -> None:
    wanted, there = columns_of(today), columns_of(journal)
    for table, sql in _made(today, "table", "name, sql"):
        if table not in there:
            journal.execute(sql)
            continue
        kept = {name for name, _ in there[table]} & {name for name, _ in wanted[table]}
        names = ", ".join(f'"{name}"' for name in sorted(kept))
        journal.execute(sql.replace(f"CREATE TABLE {table}", f"CREATE TABLE new_{table}", 1))
        journal.execute(f"INSERT INTO new_{table} ({names}) SELECT {names} FROM {table}")  # noqa: S608 - ours
        journal.execute(f"DROP TABLE {table}")
        journal.execute(f"ALTER TABLE new_{table} RENAME TO {table}")


def _made(database: sqlite3.Connection, kind: str, columns: str) -> list[tuple[str, ...]]:
    """Return what a schema has made of a kind, without what SQLite makes by itself."""
    query = f"SELECT {columns} FROM sqlite_schema WHERE type = ? AND sql IS NOT NULL"  # noqa: S608 - ours
    return database.execute(query, (kind,)).fetchall()


def columns_of(database: sqlite3.Connection) -> dict[str, list[tuple[str, str]]]:
    """Return each table's columns and their types; a view has none that could be written to."""
    query = """
        SELECT t.name, c.name, c.type FROM sqlite_schema AS t, pragma_table_info(t.name) AS c
        WHERE t.type = 'table' ORDER BY t.name, c.cid
    """
    found: dict[str, list[tuple[str, str]]] = {}
    for table, name, kind in database.execute(query):
        found.setdefault(table, []).append((name, kind))
    return found
