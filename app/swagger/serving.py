"""Where Swagger UI comes from: the files that a locked package carries, and ours that start it."""

import re
from base64 import b64encode
from hashlib import sha256
from html import escape
from importlib import resources

from fastapi import FastAPI, Request, Response
from fastapi.openapi.docs import get_swagger_ui_oauth2_redirect_html
from fastapi.responses import HTMLResponse, JSONResponse
from starlette.staticfiles import StaticFiles

from app.auth.provider import ASKED
from app.auth.provider_tokens import ProviderTokens
from app.swagger.sign_in import REDIRECT, BrowserSignIn

POLICY = (
    "default-src 'none'; connect-src 'self'{asked}; img-src 'self' data:; style-src 'self' 'unsafe-inline'; "
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
<div id="swagger-ui"{sign_in}></div>
<script src="/docs-assets/swagger-ui-bundle.js"></script>
<script src="/docs-assets/start.js"></script>
</body>
</html>
"""

REDIRECT_PAGE = bytes(get_swagger_ui_oauth2_redirect_html().body).decode()
"""Where the provider sends the browser back to: hands its answer to the page that opened it."""
_SCRIPT = re.findall(r"<script>(.*?)</script>", REDIRECT_PAGE, flags=re.DOTALL)[0]
REDIRECT_POLICY = (
    f"default-src 'none'; script-src 'sha256-{b64encode(sha256(_SCRIPT.encode()).digest()).decode()}'; "
    "frame-ancestors 'none'; base-uri 'none'"
)


def install_docs(app: FastAPI) -> None:
    """Serve Swagger UI at /docs; nothing comes from elsewhere."""
    carried = resources.files("fastapi_offline") / "static"
    files = StaticFiles(directory=str(carried), packages=[("app.swagger", "static")])
    app.mount("/docs-assets", files, name="docs-assets")

    @app.get("/openapi.json", include_in_schema=False)
    async def document(request: Request) -> JSONResponse:
        sign_in = await _sign_in(request)
        return JSONResponse(app.openapi() if sign_in is None else sign_in.declared(app.openapi()))

    @app.get("/docs", include_in_schema=False)
    async def docs(request: Request) -> HTMLResponse:
        sign_in = await _sign_in(request)
        told, asked = "", ""
        if sign_in is not None:
            told = f' data-client-id="{escape(sign_in.client_id)}" data-scopes="{" ".join(ASKED)}"'
            asked = f" {sign_in.origin}"
        page = PAGE.format(title=escape(app.title), sign_in=told)
        return HTMLResponse(page, headers={"Content-Security-Policy": POLICY.format(asked=asked)})

    @app.get(REDIRECT, include_in_schema=False)
    async def signed_in() -> HTMLResponse:
        return HTMLResponse(REDIRECT_PAGE, headers={"Content-Security-Policy": REDIRECT_POLICY})

    @app.get("/", include_in_schema=False)
    async def start() -> Response:
        return Response(status_code=307, headers={"Location": "/docs"})


async def _sign_in(request: Request) -> BrowserSignIn | None:
    tokens: ProviderTokens = request.app.state.provider_tokens
    return BrowserSignIn.of(await tokens.described(), tokens.client_id)
