"""Manifests from a directory.

``listing`` finds the files and refuses links that lead out, ``contents`` reads what changed and remembers the rest,
``source`` makes snapshots of it, ``watching`` says when to look again.
"""

from tasks_service.adapters.directory_source.source import DirectorySource

__all__ = ["DirectorySource"]
