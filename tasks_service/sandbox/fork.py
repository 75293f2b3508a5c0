"""Forking without ever falling back into the parent's code."""

import os
import traceback
from collections.abc import Callable


def fork_into(work: Callable[[], int]) -> int:
    """Run ``work`` in a new process, which exits with the code it returns; returns the pid.

    Raises ``OSError`` where no process can be made.
    """
    pid = os.fork()
    if pid:
        return pid
    code = 1
    try:
        code = work()
    except BaseException:  # noqa: BLE001 - the stack below belongs to the parent
        traceback.print_exc()
    finally:
        os._exit(code)
