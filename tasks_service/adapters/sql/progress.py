"""The progress store: the newest that each run told."""

from collections.abc import Collection, Mapping

from sqlalchemy import Engine, select
from sqlalchemy.dialects import postgresql, sqlite

from tasks_service.adapters.sql.engine import batches, read, write
from tasks_service.adapters.sql.tables import run_progress
from tasks_service.core.progress import Progress


class SqlProgress:
    """Implements ``ProgressStore``."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        insert = postgresql.insert if engine.dialect.name == "postgresql" else sqlite.insert
        new = insert(run_progress)
        replaced = {name: new.excluded[name] for name in ("done", "total", "text", "at")}
        self._upsert = new.on_conflict_do_update(index_elements=["run_id"], set_=replaced)

    def keep(self, told: Mapping[str, Progress]) -> None:
        """Keep what runs told, instead of what they told before."""
        if not told:
            return
        rows = [
            {"run_id": run_id, "done": one.done, "total": one.total, "text": one.text, "at": one.at}
            for run_id, one in sorted(told.items())  # always in one order: two writers never wait in a circle
        ]
        with write(self._engine) as connection:
            connection.execute(self._upsert, rows)

    def of(self, run_ids: Collection[str]) -> dict[str, Progress]:
        """What these runs told last."""
        found: dict[str, Progress] = {}
        with read(self._engine) as connection:
            for part in batches(list(run_ids)):
                for row in connection.execute(select(run_progress).where(run_progress.c.run_id.in_(part))):
                    found[row.run_id] = Progress(done=row.done, total=row.total, text=row.text, at=row.at)
        return found
