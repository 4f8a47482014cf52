"""Print the JSON Schema of the files, for editors."""

from __future__ import annotations

import json

import click

from engine.cli.here import put
from engine.cli.parameters import example

SECTION = "Before the next one"


@click.command("schema", epilog=example("runbook schema > runbook.schema.json", "runbook schema scenario"))
@click.argument("kind", type=click.Choice(["runbook", "catalogue", "scenario"]), default="runbook")
def command(kind: str) -> int:
    """Print the schema of one kind of file."""
    from engine.model.loading import catalogue_schema, json_schema, scenario_schema

    schemas = {"runbook": json_schema, "catalogue": catalogue_schema, "scenario": scenario_schema}
    put(json.dumps(schemas[kind](), indent=2, ensure_ascii=False))
    return 0
