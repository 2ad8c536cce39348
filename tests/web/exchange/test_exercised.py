"""The OpenAPI document exercised by schemathesis: whatever fits the document, and much that does not, and no server error.

A few questions an address in every run; `SOAK=1` asks many.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace

import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from gateway.bootstrap import Gateway
from gateway.kernel.pacing import LocalPacer
from gateway.web.public_app import create_public_app
from tests.web.sample import Sample

QUESTIONS = 300 if "SOAK" in os.environ else 2
CHECKS = (not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance)


def test_document_is_exercised_without_a_server_error(
    gateway: Gateway, give: Callable[..., str], sample: Sample, figure: Callable[[str], None]
) -> None:
    # No token asks as often as this one is about to.
    app = create_public_app(replace(gateway, traffic=replace(gateway.traffic, pacer=LocalPacer(share=10_000))))
    headers = {"Authorization": f"Bearer {give('read', 'overview')}"}
    schema = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", app)
    asked = 0
    known = {"community": sample.code, "number": sample.closed_poll, "topic": sample.accepted, "month": "2026-11"}
    for found in schema.get_all_operations():
        operation = found.ok()

        @settings(max_examples=QUESTIONS, database=None, deadline=None, derandomize=True,
                  suppress_health_check=list(HealthCheck))  # fmt: skip
        @given(case=operation.as_strategy())
        def exercise(case: schemathesis.Case) -> None:
            nonlocal asked
            asked += 2
            case.call_and_validate(headers=headers, checks=CHECKS)
            # The same in a place that is there, so that more than "not found" is answered.
            case.path_parameters = {
                name: known.get(name, value) for name, value in (case.path_parameters or {}).items()
            }
            case.call_and_validate(headers=headers, checks=CHECKS)

        exercise()
    figure(
        f"OpenAPI document: {asked} questions by schemathesis to {len(list(schema.get_all_operations()))} addresses, no server error"
    )
    assert asked
