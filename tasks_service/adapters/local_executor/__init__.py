"""The executor that runs jobs as child processes on this machine."""

from tasks_service.adapters.local_executor.executor import LocalExecutor

__all__ = ["LocalExecutor"]
