"""The importer that admits only the core, the jobs and the sandbox into a process that runs jobs."""

import sys
from collections.abc import Sequence
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType

_SERVICE = "tasks_service"
_ADMITTED = frozenset({"core", "jobs", "sandbox"})


class ImportGuard(MetaPathFinder):
    """Refuses the rooms of the service that job code has no business in.

    It keeps honest code from leaning on what will not be there; it does not confine hostile code.
    """

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Raise ``ImportError`` for a forbidden module; leave every other to the importers that follow."""
        package, _, rest = fullname.partition(".")
        room = rest.partition(".")[0]
        if package == _SERVICE and room and room not in _ADMITTED:
            raise ImportError(
                f"job code cannot import {fullname}: it may use {_SERVICE}.core and {_SERVICE}.jobs", name=fullname
            )
        return None


def install_import_guard() -> None:
    """Put the guard before every other importer."""
    sys.meta_path.insert(0, ImportGuard())
