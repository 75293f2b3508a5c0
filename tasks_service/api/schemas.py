"""The JSON Schemas of manifests, for editors that know this service: a modeline may name their address."""

from starlette.responses import Response

from tasks_service.api.endpoint import Ask, endpoint
from tasks_service.core.errors import NotFound

_SCHEMA = "application/schema+json"


@endpoint(errors=(404,), produces=(_SCHEMA,))
def read(ask: Ask, file: str) -> Response:
    """Read a JSON Schema of manifests: ``job.schema.json`` for all, ``<job type>.schema.json`` for one type of job."""
    texts = ask.panel.catalog.schemas
    if file not in texts:
        raise NotFound(f"there is no schema {file!r}", hint=f"there are {', '.join(texts)}")
    return Response(texts[file], media_type=_SCHEMA)
