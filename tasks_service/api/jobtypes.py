"""Job types: what kinds of jobs there are, with their parameters."""

from tasks_service.api.endpoint import Answer, Ask, endpoint
from tasks_service.api.shapes.base import Listing, whole
from tasks_service.api.shapes.jobtypes import JobTypeShape
from tasks_service.core.errors import NotFound


@endpoint()
def listed(ask: Ask) -> Answer[Listing[JobTypeShape]]:
    """List the job types with their parameters."""
    return Answer(whole(JobTypeShape.of(view) for view in ask.panel.catalog.job_types()))


@endpoint(errors=(404,))
def read(ask: Ask, job_type: str) -> Answer[JobTypeShape]:
    """Read a job type with the JSON Schema of its parameters."""
    views = {view.name: view for view in ask.panel.catalog.job_types()}
    if job_type not in views:
        raise NotFound(f"there is no job type {job_type!r}", hint=f"there are {', '.join(views)}")
    return Answer(JobTypeShape.of(views[job_type]))
