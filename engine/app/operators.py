"""Who runs a runbook where nobody types: in its cases and step tests, in forecasts and in scripted drills.

No role is taken for granted: a workspace has its own. In this order: what the tests say, the role in
`runbook.toml` (that of every run), whom the ladder of the runbook's severity pages at once, the first role.
"""

from __future__ import annotations

from dataclasses import dataclass

from engine.app.library import Library


@dataclass(frozen=True, slots=True)
class Operator:
    """The role that runs a runbook in its tests, and who said so."""

    role: str
    because: str
    """Why it is this role, in a few words."""
    guessed: bool = False
    """Neither the tests nor the workspace say it."""

    def __str__(self) -> str:
        return f"{self.role} ({self.because})" if self.role else "nobody's role (the catalogue has none)"


def operator_of(library: Library, runbook: str, said: str = "") -> Operator:
    """Return who runs a runbook in its tests: whom they name, else whom a real run would most likely have."""
    catalogue, role = library.catalogue, library.workspace.settings.role
    if said:
        return Operator(said, "the tests say so")
    if role in catalogue.roles:
        return Operator(role, "the role in runbook.toml")
    severity = library.runbook(runbook).severity
    for name, level in catalogue.severities.items():
        first = next((rung.role for rung in level.ladder if rung.after <= 0), "")
        if severity in (name, *level.aliases) and first:
            return Operator(first, f"whom {name} pages at once", guessed=True)
    return Operator(next(iter(catalogue.roles), ""), "the first role of the catalogue", guessed=True)
