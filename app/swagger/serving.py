"""Where Swagger UI comes from: the files that a locked package carries, and ours that start it."""

from html import escape
from importlib import resources

from fastapi import FastAPI, Response
from fastapi.responses import HTMLResponse
from starlette.staticfiles import StaticFiles

POLICY = (
    "default-src 'none'; connect-src 'self'; img-src 'self' data:; style-src 'self' 'unsafe-inline'; "
    "script-src 'self'; frame-ancestors 'none'; base-uri 'none'"
)
PAGE = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<link rel="stylesheet" href="/docs-assets/swagger-ui.css">
<link rel="icon" href="/docs-assets/favicon.png">
</head>
<body>
<div id="swagger-ui"></div>
<script src="/docs-assets/swagger-ui-bundle.js"></script>
<script src="/docs-assets/start.js"></script>
</body>
</html>
"""


def install_docs(app: FastAPI) -> None:
    """Serve Swagger UI at /docs; nothing comes from elsewhere."""
    carried = resources.files("fastapi_offline") / "static"
    files = StaticFiles(directory=str(carried), packages=[("app.swagger", "static")])
    app.mount("/docs-assets", files, name="docs-assets")

    @app.get("/docs", include_in_schema=False)
    async def docs() -> HTMLResponse:
        return HTMLResponse(PAGE.format(title=escape(app.title)), headers={"Content-Security-Policy": POLICY})

    @app.get("/", include_in_schema=False)
    async def start() -> Response:
        return Response(status_code=307, headers={"Location": "/docs"})
