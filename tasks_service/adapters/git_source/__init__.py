"""Git repositories, read without a work tree: manifests are blobs, and nothing of a repository is ever executed.

May import core and the standard library; the one room that runs git to read manifests.
"""

from tasks_service.adapters.git_source.mirror import Mirror
from tasks_service.adapters.git_source.remote import Remote
from tasks_service.adapters.git_source.repository import Entry, Repository, repository_around
from tasks_service.adapters.git_source.signatures import Signatures
from tasks_service.adapters.git_source.source import GitSource

__all__ = ["Entry", "GitSource", "Mirror", "Remote", "Repository", "Signatures", "repository_around"]
