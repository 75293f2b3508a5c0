"""Explaining: from what is known of a job around a moment to why it did or did not run then, in sentences. Pure.

``asked`` reads the moment, ``facts`` is what control gathers, ``verdict`` says what the moment is to the job,
``outcomes`` and ``circumstances`` hold the sentences, and ``explanation`` puts them together.
"""

from tasks_service.core.explain.asked import Asked, GapOrFold, read_asked
from tasks_service.core.explain.explanation import Explanation, explain
from tasks_service.core.explain.facts import Facts
from tasks_service.core.explain.verdict import Verdict, is_fire, row_of

__all__ = ["Asked", "Explanation", "Facts", "GapOrFold", "Verdict", "explain", "is_fire", "read_asked", "row_of"]
