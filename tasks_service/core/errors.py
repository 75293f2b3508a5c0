"""The errors a caller can tell apart, cut by what the caller can do about them.

::

    TasksError
      x InvalidInput            correct the document and send it again
      x NotFound                look the name up
      x Conflict                the state forbids it; the message says what to do instead
          - OwnedByFile         edit the file
      x Forbidden               the configuration forbids it
      x SourceUnavailable       the manifests cannot be read now; nothing changes
      x StoreUnavailable        the database is away; try again later
          - SecondStoreUnavailable   only Redis is: leave its jobs alone and go on with the others
      x QueueUnavailable        the broker is away; runs wait in the database
      x LeadLost                another process leads; leave it to that one
"""

from collections.abc import Sequence

from tasks_service.core.diagnostics import Diagnostic


class TasksError(Exception):
    """The root: a sentence for people, and a hint that says what to do."""

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class InvalidInput(TasksError):
    """A document or a parameter is wrong; ``diagnostics`` says where."""

    def __init__(self, message: str, *, hint: str = "", diagnostics: Sequence[Diagnostic] = ()) -> None:
        super().__init__(message, hint=hint)
        self.diagnostics = tuple(diagnostics)


class NotFound(TasksError):
    """Nothing has that name."""


class Conflict(TasksError):
    """The present state forbids the request."""


class OwnedByFile(Conflict):
    """The job belongs to a file: ``path`` and ``line`` say where to edit it."""

    def __init__(self, message: str, *, path: str, line: int, hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.path = path
        self.line = line


class Forbidden(TasksError):
    """The configuration does not allow it."""


class SourceUnavailable(TasksError):
    """A source of manifests cannot be read; the live state stays as it is."""


class StoreUnavailable(TasksError):
    """The database does not answer."""


class SecondStoreUnavailable(StoreUnavailable):
    """The second job store does not answer; the database does."""


class QueueUnavailable(TasksError):
    """The broker between leader and workers does not answer."""


class LeadLost(TasksError):
    """This process does not lead (any more): what only a leader may write was not written."""
