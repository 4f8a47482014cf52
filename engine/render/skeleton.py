"""The files that a workspace and a runbook begin with, from `templates/start/`: YAML that people go on with.

What is filled in has been checked to be a name, or is quoted by `quoted`: a text never becomes a key.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined

FOLDER: Final = "start"


def skeleton(name: str, templates: Path, values: Mapping[str, str]) -> str:
    """Return a file of the folder `start` of the templates, filled in."""
    environment = Environment(  # noqa: S701  # YAML, not HTML: its texts are quoted by `quoted`
        loader=FileSystemLoader(templates / FOLDER),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    return environment.get_template(f"{name}.j2").render(values)


def quoted(text: str) -> str:
    """Return a text as a scalar that YAML reads back as it is."""
    return json.dumps(text, ensure_ascii=False)
