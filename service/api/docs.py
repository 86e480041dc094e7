"""GET /docs: the interface as a page, made of the OpenAPI, without a script or another host."""

import json
from html import escape
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from service.api.pages import page


def router() -> APIRouter:
    """The route."""
    routes = APIRouter(include_in_schema=False)

    @routes.get("/docs", response_class=HTMLResponse)
    async def docs(request: Request) -> HTMLResponse:
        """Every route, what it takes and what it gives."""
        spec: dict[str, Any] = request.app.openapi()
        parts = [
            "<h1>The HTTP interface</h1>",
            f'<p class="meta">Version {escape(spec["info"]["version"])}.</p>',
            '<p class="meta">The same for machines: <a href="/openapi.json">openapi.json</a>.</p>',
        ]
        for path, methods in spec["paths"].items():
            for method, operation in methods.items():
                parts.append(f"<h2>{method.upper()} {escape(path)}</h2>")
                parts.append(f"<p>{escape(operation.get('description', ''))}</p>")
                parts += _example(spec, operation)
                parts.append(f'<p class="meta">{escape(_answers(operation))}</p>')
        return page("The HTTP interface", "\n".join(parts))

    return routes


def _example(spec: dict[str, Any], operation: dict[str, Any]) -> list[str]:
    schema = operation.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema", {})
    options = schema.get("anyOf", [schema])
    name = str(options[0].get("$ref", "")).rpartition("/")[2]
    held = spec.get("components", {}).get("schemas", {}).get(name, options[0])
    examples = held.get("examples", [])
    return [f"<pre>{escape(json.dumps(example, indent=2, ensure_ascii=False))}</pre>" for example in examples]


def _answers(operation: dict[str, Any]) -> str:
    rows = sorted(operation.get("responses", {}).items())
    return " · ".join(f"{status} {row.get('description', '')}".strip() for status, row in rows)
