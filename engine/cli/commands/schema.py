"""Print the JSON Schema of the files, for editors, or write them all."""

from __future__ import annotations

from pathlib import Path

import click

from engine.cli.here import Here, progress, put
from engine.cli.parameters import example, pass_here

SECTION = "Before the next one"
KINDS = ("runbook", "catalogue", "scenario", "cases", "step-tests")


@click.command(
    "schema",
    epilog=example(
        "runbook schema > runbook.schema.json",
        "runbook schema cases",
        "runbook schema --names --write .runbook/schema",
        "runbook schema --check docs/schema",
    ),
)
@click.argument("kind", type=click.Choice(KINDS), default="runbook")
@click.option("--names", is_flag=True, help="With the names of this workspace's catalogue, for completion.")
@click.option("--write", default="", metavar="FOLDER", help="Write every schema to a folder.")
@click.option(
    "--check", "check", default="", metavar="FOLDER", help="Write nothing; exit 1 when one there is stale."
)
@pass_here
def command(here: Here, kind: str, names: bool, write: str, check: str) -> int:
    """Print the schema of one kind of file, or write or check all five (draft-07, for editors)."""
    from engine.app.library import Library
    from engine.app.schemas import schema_text, stale_schemas, words, write_schemas
    from engine.kinds.errors import Exit, UsageError

    if write and check:
        raise UsageError("--write and --check together say nothing", hint="take one of the two")
    known = words(Library(here.workspace).catalogue if names else None)
    if write:
        for path in write_schemas(Path(write), known):
            put(str(path))
        return int(Exit.RESOLVED)
    if check:
        found = stale_schemas(Path(check), known)
        again = f"runbook schema{' --names' if names else ''} --write {check}"
        for path in found:
            progress(f"{path} is stale: run {again}")
        return int(Exit.ENDED if found else Exit.RESOLVED)
    put(schema_text(kind, known).rstrip("\n"))
    return int(Exit.RESOLVED)
