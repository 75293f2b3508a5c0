"""Where tests that do not care keep their data: in SQLite, or with TEST_DATABASE=postgresql in PostgreSQL."""

import os
from hashlib import sha256
from pathlib import Path

import psycopg
from psycopg import sql
from sqlalchemy import make_url

POSTGRES = os.environ.get("TEST_DATABASE") == "postgresql"


def place_of(folder: Path) -> str:
    """The address of the one database of a folder; on PostgreSQL it is made where it is missing."""
    if not POSTGRES:
        return f"sqlite:///{folder}/tasks.db"
    server = make_url(os.environ["TEST_POSTGRES_URL"]).set(drivername="postgresql")
    name = f"of_{sha256(str(folder).encode()).hexdigest()[:16]}"
    with psycopg.connect(server.render_as_string(hide_password=False), autocommit=True) as connection:
        if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone():
            connection.execute(sql.SQL("CREATE DATABASE {} TEMPLATE template0").format(sql.Identifier(name)))
    return server.set(database=name).render_as_string(hide_password=False)
