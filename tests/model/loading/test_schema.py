"""The JSON Schema: valid itself, described throughout, agrees with what loads, and closed against typing errors."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from engine.kinds.discovery import family, names
from engine.kinds.values import Json
from engine.model.loading import (
    cases_schema,
    catalogue_schema,
    json_schema,
    scenario_schema,
    step_tests_schema,
)
from engine.model.loading.schema import DRAFT
from tests.model.files import CATALOGUE, document
from tests.model.loading.test_runbooks import DOWN

jsonschema = pytest.importorskip("jsonschema", reason="the schema is checked where a validator is installed")

SCHEMAS = {
    "runbook": json_schema,
    "catalogue": catalogue_schema,
    "scenario": scenario_schema,
    "cases": cases_schema,
    "step-tests": step_tests_schema,
}
WHOLE = {name: json.loads(json.dumps(make())) for name, make in SCHEMAS.items()}
LATER = {"$defs", "prefixItems", "unevaluatedProperties", "dependentRequired", "$dynamicRef"}
"""Words of drafts that came after draft-07."""


def faults(schema: Mapping[str, Json], text: str) -> list[str]:
    """Return what a validator says of a file."""
    validator = jsonschema.Draft7Validator(json.loads(json.dumps(schema)))
    return [error.message for error in validator.iter_errors(document(text).data)]


def properties(schema: Any, at: str = "") -> Iterator[tuple[str, Any]]:
    """Yield every property of a schema with its path."""
    if isinstance(schema, list):
        for number, one in enumerate(schema):
            yield from properties(one, f"{at}/{number}")
    elif isinstance(schema, dict):
        listed = schema.get("properties")
        for name, one in listed.items() if isinstance(listed, dict) and "if" not in listed else ():
            yield f"{at}/{name}", one
        for name, one in schema.items():
            yield from properties(one, f"{at}/{name}")


def described(whole: Any, schema: Any) -> bool:
    """Say whether a property has a description, of its own or where it refers to."""
    if schema.get("description"):
        return True
    if "$ref" not in schema:
        return False
    found = whole
    for part in schema["$ref"].removeprefix("#/").split("/"):
        found = found[part]
    return described(whole, found)


@pytest.mark.parametrize("name", SCHEMAS)
def test_every_schema_is_one_of_draft_07(name: str) -> None:
    """It is plain JSON, keeps the rules of the draft, and has no words of later ones."""
    jsonschema.Draft7Validator.check_schema(WHOLE[name])
    assert DRAFT == WHOLE[name]["$schema"]
    assert [] == [word for word in LATER if f'"{word}":' in json.dumps(WHOLE[name])]


@pytest.mark.parametrize(
    ("name", "least"), [("runbook", 300), ("catalogue", 500), ("scenario", 35), ("cases", 45)]
)
def test_no_property_lacks_a_description(name: str, least: int) -> None:
    """Whatever an author may write, an editor can say what it means."""
    found = list(properties(WHOLE[name]))
    assert len(found) > least
    assert [] == [path for path, schema in found if not described(WHOLE[name], schema)]


def test_every_reference_leads_to_a_definition() -> None:
    """And every definition is used."""
    for whole in WHOLE.values():
        text = json.dumps(whole)
        for name in whole["definitions"]:
            assert f'"#/definitions/{name}' in text
        assert all(
            described(whole, {"$ref": f"#/definitions/{one}"})
            for one in whole["definitions"]
            if not one.startswith("any-") and one not in ("steps", "given")
        )


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
        "runbook: a\ntitle: A\nsteps: {a: {title: A}}\n",
        "runbook: a\ntitle: A\nsteps: {a: {check: {title: A}}}\n",
        "runbook: a\ntitle: A\nsteps: {a: {check: {htp: x}}}\n",
        "runbook: a\ntitle: A\nsteps: {a: {check: {http: x, tcp: y}}}\n",
        "runbook: a\ntitle: A\nsteps: {a: {check: {http: x, methd: GET}}}\n",
        "runbook: a\ntitle: A\nsteps: {a: {check: {tcp: x}, phase: diagnosis}}\n",
        "runbook: a\ntitle: A\nsteps: {a: {check: {tcp: x}, then: {pas: b}}}\n",
        "runbook: a\ntitle: A\nsteps: {a: {check: {tcp: x}, then: {pass: 5}}}\n",
        "runbook: a\ntitle: A\nsteps: {A b: {check: {tcp: x}}}\n",
        "runbook: a\ntitle: A\nsteps: {a: {wait: {soak: {for: 5m}}}}\n",
        "runbook: a\ntitle: A\nsteps: {a: {wait: {until: {db: {tpc: x}}}}}\n",
        "runbook: a\ntitle: A\nsteps: {a: {decide: [{if: {a: 1}}], else: b}}\n",
    ],
)
def test_a_typing_error_does_not_fit(text: str) -> None:
    """An editor marks what the loader would refuse."""
    assert faults(json_schema(), text)


def test_an_undo_of_no_kind_and_an_outcome_of_no_look_do_not_fit() -> None:
    """Faults deep inside a runbook, and in a file of cases."""
    text = "runbook: a\ntitle: A\nsteps: {a: {action: {http: x, undo: {htp: y}}}}\n"
    assert faults(json_schema(), text)
    assert [] == faults(json_schema(), text.replace("htp", "http"))
    text = "cases: a\ntests: [{case: b, given: {look: [pas]}, expect: {end: resolved}}]\n"
    assert faults(cases_schema(), text)
    assert [] == faults(cases_schema(), text.replace("pas", "pass"))
    assert faults(cases_schema(), text.replace("[pas]", "{outcome: pass, fact: {}}"))
    assert faults(cases_schema(), text.replace("[pas]", "[]"))


def test_every_kind_is_in_the_schema_with_its_words() -> None:
    """A new kind is offered by editors without a line written for it, with its facts under `expect`."""
    text = json.dumps(json_schema())
    for of in ("checks", "actions", "steps"):
        for name in names(of):
            assert f'"{name}"' in text
    assert "Send one request and look at status, headers, body, certificate" in text
    expect = WHOLE["runbook"]["definitions"]["check-http"]["properties"]["expect"]["properties"]
    assert list(family("checks")["http"].fact_names) == list(expect)


def test_names_that_are_known_are_the_only_ones() -> None:
    """A reference may stand for them; without names any text is one."""
    text = "runbook: a\ntitle: A\nsteps: {a: {escalate: nobody, decision: help, then: {any: escalated}}}\n"
    words = {("EscalateStep", "escalate"): ("engineer",)}
    assert [] == faults(json_schema(), text)
    assert faults(json_schema(words), text)
    assert [] == faults(json_schema(words), text.replace("nobody", "engineer"))
    assert [] == faults(json_schema(words), text.replace("nobody", "'${inputs.role}'"))
    use = {("CheckUse", "use"): ("look",)}
    text = "runbook: a\ntitle: A\nsteps: {a: {check: {use: lock}, then: resolved}}\n"
    assert faults(json_schema(use), text)
    assert [] == faults(json_schema(use), text.replace("lock", "look"))
