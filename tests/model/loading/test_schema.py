"""The JSON schema: valid itself, agrees with what loads, and closed against typing errors."""

from __future__ import annotations

import json
from collections.abc import Mapping

import pytest

from engine.kinds.discovery import names
from engine.kinds.values import Json
from engine.model.loading import catalogue_schema, json_schema, scenario_schema
from tests.model.files import CATALOGUE, document
from tests.model.loading.test_runbooks import DOWN

jsonschema = pytest.importorskip("jsonschema", reason="the schema is checked where a validator is installed")

SCHEMAS = {"runbook": json_schema, "catalogue": catalogue_schema, "scenario": scenario_schema}


def faults(schema: Mapping[str, Json], text: str) -> list[str]:
    """Return what a validator says of a file."""
    validator = jsonschema.Draft202012Validator(json.loads(json.dumps(schema)))
    return [error.message for error in validator.iter_errors(document(text).data)]


@pytest.mark.parametrize("name", SCHEMAS)
def test_every_schema_is_one_of_its_draft(name: str) -> None:
    """It is plain JSON and keeps the rules of draft 2020-12."""
    jsonschema.Draft202012Validator.check_schema(json.loads(json.dumps(SCHEMAS[name]())))


def test_files_that_load_fit_their_schema() -> None:
    """An editor shows nothing red in a good file."""
    assert [] == faults(json_schema(), DOWN)
    assert [] == faults(catalogue_schema(), CATALOGUE)


@pytest.mark.parametrize(
    "text",
    [
        "runbook: a\ntitle: A\n",
        "runbook: a\ntitle: A\nsteps: {}\n",
        "runbook: a\ntitle: A\ntitel: A\nsteps: {a: {wait: 5s}}\n",
        "runbook: a\ntitle: A\nsteps: {a: {wait: 5}}\n",
        "runbook: a\ntitle: A\nsteps: {a: {check: {htp: x}}}\n",
        "runbook: a\ntitle: A\nsteps: {a: {check: {http: x, methd: GET}}}\n",
        "runbook: a\ntitle: A\nsteps: {a: {check: {tcp: x}, phase: diagnosis}}\n",
        "runbook: a\ntitle: A\nsteps: {A b: {check: {tcp: x}}}\n",
        "runbook: a\ntitle: A\nsteps: {a: {wait: {soak: {for: 5m}}}}\n",
        "runbook: a\ntitle: A\nsteps: {a: {decide: [{if: {a: 1}}], else: b}}\n",
    ],
)
def test_a_typing_error_does_not_fit(text: str) -> None:
    """An editor marks what the loader would refuse."""
    assert faults(json_schema(), text)


def test_every_kind_is_in_the_schema_with_its_words() -> None:
    """A new kind is offered by editors without a line written for it."""
    text = json.dumps(json_schema())
    for family in ("checks", "actions", "steps"):
        for name in names(family):
            assert f'"{name}"' in text
    assert "Send one request and look at status, headers, body, certificate" in text
