"""The interface is held against its own OpenAPI: whatever is sent, the answer is one that it documents."""

import json
import os
import re
from collections.abc import Iterator
from contextlib import suppress
from typing import Any, Final

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import Case, GenerationMode
from schemathesis.checks import CheckFunction
from schemathesis.schemas import APIOperation, BaseSchema
from schemathesis.specs.openapi.checks import negative_data_rejection, positive_data_acceptance

from tests.api.conftest import ARTICLES, settings_for
from tests.serving import SharedEmbedder, serve

# The same cases in every run: a change is judged by what it changes. Other seeds are drawn by hand.
SEED: Final = int(os.environ.get("BYLINE_TEST_SEED", "101"))
EXAMPLES: Final = 12
"""Requests of each kind, good and bad, that each route gets."""


@pytest.fixture(scope="module")
def interface(tmp_path_factory: pytest.TempPathFactory, embedder: SharedEmbedder) -> Iterator[BaseSchema]:
    """The OpenAPI of a service of its own: what is made up here is stored, and other tests count."""
    with serve(settings_for(tmp_path_factory.mktemp("schema")), embedder) as running:
        assert running.client.post("/articles", json=ARTICLES).status_code == 200
        yield schemathesis.openapi.from_url(f"{running.client.base_url}/openapi.json")


def hold(operation: APIOperation[Any, Any, Any, Any], mode: GenerationMode) -> None:
    """Send what fits the route's schema, or does not, and check each answer against the document."""

    @seed(SEED)
    @settings(
        max_examples=EXAMPLES, phases=[Phase.generate], database=None, suppress_health_check=list(HealthCheck)
    )
    @given(case=operation.as_strategy(generation_mode=mode))
    def send(case: Case[Any]) -> None:
        # A text without words and a filter that ends before it begins are 422: no schema can foretell that.
        excluded: list[CheckFunction] = [positive_data_acceptance]
        answer = case.call(timeout=30)
        # A list's items are refused one by one (207), a text beyond the longest is often a body beyond it
        # (413, which the check does not know), and a query string has no types to be wrong about.
        if answer.status_code in {207, 413} or case.method == "GET":
            excluded.append(negative_data_rejection)
        case.validate_response(answer, excluded_checks=excluded)

    with suppress(Unsatisfiable):  # every string is an article's id: there is no bad request of that route
        send()


@pytest.mark.parametrize("mode", GenerationMode, ids=lambda mode: mode.value)
def test_every_answer_is_one_that_the_interface_documents(interface, subtests, mode):
    print(f"BYLINE_TEST_SEED={SEED}")  # noqa: T201 - a failure shows it, and can be run again with it
    held = 0
    for found in interface.get_all_operations():
        operation = found.ok()
        with subtests.test(operation.label):
            hold(operation, mode)
        held += 1
    assert held > 10


def test_the_document_has_no_reference_to_nowhere_and_names_problems_by_their_media_type(interface):
    raw = interface.raw_schema
    text = json.dumps(raw)
    assert set(re.findall(r"#/components/schemas/(\w+)", text)) == set(raw["components"]["schemas"])
    for path, routes in raw["paths"].items():
        for method, route in routes.items():
            for status, response in route["responses"].items():
                if status >= "400" and (path, status) != ("/readyz", "503"):
                    assert list(response["content"]) == ["application/problem+json"], (method, path, status)
            assert "403" in route["responses"], path
