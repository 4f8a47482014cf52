"""Settings of a workspace: `runbook.toml` beside `runbooks/`, all optional.

[workspace]
environment = "production"            # --env where nothing is said
role = "reliability"                  # the operator's role where nothing is said
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, fields
from pathlib import Path

from engine.kinds.errors import UsageError
from engine.kinds.findings import did_you_mean

NAME = "runbook.toml"


@dataclass(frozen=True, slots=True)
class Settings:
    """What a team sets once."""

    environment: str = ""
    role: str = ""
    history: str = "drills/history"


def read_settings(root: Path) -> Settings:
    """Read the file of a workspace; raises UsageError naming what is wrong in it."""
    path = root / NAME
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return Settings()
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UsageError(f"{path}: {error}", hint="mend the file or remove it") from None
    table = data.get("workspace", {})
    known = {field.name for field in fields(Settings)}
    for key, value in table.items():
        if key not in known:
            raise UsageError(
                f"{path}: unknown key '{key}'",
                hint=did_you_mean(key, known) or f"known: {', '.join(sorted(known))}",
            )
        if not isinstance(value, str):
            raise UsageError(f"{path}: '{key}' must be text")
    return Settings(**table)
