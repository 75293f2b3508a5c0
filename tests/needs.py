"""What a machine may lack, and whether that is allowed."""

import os
from typing import NoReturn

import pytest


def leave_out(reason: str, required_by: str) -> NoReturn:
    """Skip what cannot run here; fail where the environment variable ``required_by`` is 1: there nothing is skipped."""
    if os.environ.get(required_by) == "1":
        pytest.fail(f"{required_by}=1, but {reason}")
    pytest.skip(reason)
