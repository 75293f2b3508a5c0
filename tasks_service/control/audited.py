"""One audit row for whatever happens inside a block."""

from dataclasses import replace
from datetime import datetime

from tasks_service.core.errors import TasksError
from tasks_service.core.stores import AuditEntry, Stores


class Audited:
    """Writes who did what to what and why, and whether it was done, refused or failed."""

    def __init__(self, stores: Stores, at: datetime, actor: str, action: str, subject: str, reason: str) -> None:
        self._stores = stores
        self._entry = AuditEntry(at=at, actor=actor, action=action, object=subject, reason=reason)

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: object) -> None:
        refused = f"refused: {error.message}" if isinstance(error, TasksError) else "failed"
        self._stores.journal.audit(replace(self._entry, outcome=refused if error else "done"))
