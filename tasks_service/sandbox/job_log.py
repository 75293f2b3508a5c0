"""What a job logs: lines on its stderr, and so in the output of its run."""

import logging
import sys


class _Lines(logging.Formatter):
    """Level and event, or the logger's name where there is none; then the message."""

    def format(self, record: logging.LogRecord) -> str:
        record.event = getattr(record, "event", record.name)
        return super().format(record)


def set_up_job_log() -> None:
    """Send everything from INFO on to stderr."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_Lines("%(levelname)s %(event)s: %(message)s"))
    logging.basicConfig(handlers=[handler], level=logging.INFO, force=True)
