"""The artifact store: files that runs left."""

import hashlib
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Engine, select
from sqlalchemy.dialects import postgresql, sqlite

from tasks_service.adapters.sql.engine import read, write
from tasks_service.adapters.sql.tables import run_artifacts
from tasks_service.core.artifact import Artifact, KeptArtifact

_ABOUT = (run_artifacts.c.name, run_artifacts.c.size, run_artifacts.c.sha256, run_artifacts.c.at)


class SqlArtifacts:
    """Implements ``ArtifactStore``."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        insert = postgresql.insert if engine.dialect.name == "postgresql" else sqlite.insert
        self._insert = insert(run_artifacts).on_conflict_do_nothing()

    def keep(self, run_id: str, artifacts: Sequence[Artifact], at: datetime) -> None:
        """Keep the files of a run; one that is kept already is passed over."""
        if not artifacts:
            return
        contents = {artifact.name: artifact.content for artifact in artifacts}
        rows = [
            {
                "run_id": run_id,
                "name": name,
                "size": len(content),
                "sha256": hashlib.sha256(content).hexdigest(),
                "at": at,
                "bytes": content,
            }
            for name, content in contents.items()
        ]
        with write(self._engine) as connection:
            connection.execute(self._insert, rows)

    def of(self, run_id: str) -> list[KeptArtifact]:
        """Those of a run, by name."""
        wanted = select(*_ABOUT).where(run_artifacts.c.run_id == run_id)
        with read(self._engine) as connection:
            found = [KeptArtifact(**row._mapping) for row in connection.execute(wanted)]
        return sorted(found, key=lambda artifact: artifact.name)  # here: databases sort text in orders of their own

    def content(self, run_id: str, name: str) -> bytes | None:
        """The bytes of one; None where there is none of that name."""
        wanted = select(run_artifacts.c.bytes).where(run_artifacts.c.run_id == run_id, run_artifacts.c.name == name)
        with read(self._engine) as connection:
            content = connection.scalar(wanted)
        return None if content is None else bytes(content)
