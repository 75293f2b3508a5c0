"""The checkup: what an examination of the surroundings found, and the pure judgement of it.

One module per subject: its facts, as an adapter finds them, and ``judge_…``, which makes a finding of them.
"""

from tasks_service.core.checkup.finding import Finding, Verdict

__all__ = ["Finding", "Verdict"]
