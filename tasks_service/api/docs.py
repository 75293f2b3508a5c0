"""The docs page: Swagger UI over the OpenAPI document, without a request to anywhere else."""

from starlette.responses import Response

from tasks_service.api.endpoint import Ask, endpoint

_PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>API · InsightMesh Tasks</title>
<link rel="icon" href="/static/icon.svg" type="image/svg+xml">
<link rel="stylesheet" href="/static/vendor/swagger-ui/swagger-ui.css">
<script src="/static/vendor/swagger-ui/swagger-ui-bundle.js" defer></script>
<script src="/docs/start.js" defer></script>
</head>
<body>
<main id="swagger-ui">
<p>This page needs JavaScript; the document itself is at <a href="/openapi.json">openapi.json</a>.</p>
</main>
</body>
</html>
"""

_SCRIPT = """\
"use strict";
SwaggerUIBundle({
  url: "/openapi.json",
  dom_id: "#swagger-ui",
  deepLinking: true,
  defaultModelsExpandDepth: 0,
  validatorUrl: null,
});
"""


@endpoint(produces=("text/html",))
async def page(ask: Ask) -> Response:
    """Read this documentation as a page."""
    return Response(_PAGE, media_type="text/html")


@endpoint(produces=("text/javascript",))
async def script(ask: Ask) -> Response:
    """Load the script that starts the page."""
    return Response(_SCRIPT, media_type="text/javascript")
