"""The job types, one file each: the file's name is the type's name.

May import the core and whatever the job itself needs; nothing else of the service.
"""

from tasks_service.core.preflight import PreflightFinding
from tasks_service.jobs.base_job import BaseJob, JobFailed

__all__ = ["BaseJob", "JobFailed", "PreflightFinding"]
