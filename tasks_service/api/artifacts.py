"""The files that a run left: listed, and downloaded."""

from starlette.responses import Response

from tasks_service.api.endpoint import BYTES, Answer, Ask, endpoint
from tasks_service.api.shapes.artifacts import ArtifactShape
from tasks_service.api.shapes.base import Listing, whole


@endpoint(errors=(404,))
def listed(ask: Ask, run_id: str) -> Answer[Listing[ArtifactShape]]:
    """List the files that a run left, by name."""
    return Answer(whole(ArtifactShape.of(artifact) for artifact in ask.panel.runs.artifacts(run_id)))


@endpoint(errors=(404,), produces=(BYTES,))
def read(ask: Ask, run_id: str, name: str) -> Response:
    """Download a file that a run left."""
    content = ask.panel.runs.artifact(run_id, name)
    headers = {
        "Content-Disposition": f'attachment; filename="{name}"',  # a kept name has no sign that could end the quotes
        "Content-Security-Policy": "sandbox; default-src 'none'",
    }
    return Response(content, media_type=BYTES, headers=headers)
