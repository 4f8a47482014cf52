"""The page of `runbook.toml`, and of what a shell may say instead."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from typing import Any

from engine.app.settings import NAME, TABLES, VARIABLES
from engine.cli.reference.saying import barless, sentence
from engine.model.loading.attributes import about
from engine.render.markdown_text import fence, table


def settings() -> Iterator[str]:
    """Yield the page of settings, read from the classes that the file fills."""
    yield "# Settings"
    yield (
        f"`{NAME}` stands beside `runbooks/` and holds what a team sets once. All of it is optional, and so "
        "is the file. An option of a command is stronger than a variable of the shell, and that is stronger "
        "than the file. A table or a key that is not known is an error, and `runbook check` finds it. "
        "`runbook init` writes a first one."
    )
    yield fence("\n\n".join(_example(name, kind) for name, kind in TABLES.items()), "toml")
    for name, kind in TABLES.items():
        yield f"## {name}"
        yield sentence(kind)
        yield table(["key", "meaning", "default", "stronger", "example"], [*_rows(kind)])
    yield "## Variables of the shell"
    yield table(["variable", "meaning"], [[f"`{name}`", text] for name, text in VARIABLES.items()])


def _example(name: str, kind: type[Any]) -> str:
    keys = (f'{one.name} = "{one.metadata["example"]}"' for one in dataclasses.fields(kind))
    return "\n".join([f"[{name}]", *keys])


def _rows(kind: type[Any]) -> Iterator[list[str]]:
    for one in dataclasses.fields(kind):
        default = f"`{one.default}`" if one.default else ""
        example = f"`{one.metadata['example']}`"
        yield [f"`{one.name}`", barless(about(kind, one.name)), default, one.metadata["instead"], example]
