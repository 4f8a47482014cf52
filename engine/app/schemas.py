"""The schemas of a workspace's files: their texts, written to a folder or held against one."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

from engine.estate.faults import fault_kinds
from engine.kinds.values import Json
from engine.model.cases import TOLD
from engine.model.catalogue import Catalogue
from engine.model.loading import (
    cases_schema,
    catalogue_schema,
    json_schema,
    scenario_schema,
    step_tests_schema,
)
from engine.model.loading.agreement import severities
from engine.model.loading.schema import Words
from engine.model.step_tests import NOTHING, WHOEVER

SCHEMAS: Final[Mapping[str, Callable[[Words], Mapping[str, Json]]]] = {
    "runbook": json_schema,
    "catalogue": catalogue_schema,
    "scenario": scenario_schema,
    "cases": cases_schema,
    "step-tests": step_tests_schema,
}


def words(catalogue: Catalogue | None = None) -> Words:
    """Return the texts that keys take: faults, and the names of a catalogue where there is one."""
    always = {
        ("Fault", "kind"): tuple(sorted({one.name for one in fault_kinds()})),
        ("Case", "channels"): TOLD,
        ("StepTest", "channels"): TOLD,
    }
    if catalogue is None:
        return always
    levels, roles = severities(catalogue), tuple(catalogue.roles)
    reached = (*roles, *catalogue.channels)
    places = tuple(catalogue.environments)
    return always | {
        ("CheckUse", "use"): tuple(catalogue.checks),
        ("ActionUse", "use"): tuple(catalogue.actions),
        ("Undo", "use"): tuple(catalogue.actions),
        ("Runbook", "service"): tuple(catalogue.services),
        ("Runbook", "environments"): places,
        ("Scenario", "environment"): places,
        ("Cases", "environment"): places,
        ("Case", "environment"): places,
        ("StepTests", "environment"): places,
        ("StepTest", "environment"): places,
        ("Runbook", "severity"): levels,
        ("Trigger", "severity"): levels,
        ("Scenario", "severity"): levels,
        ("Expectation", "severity"): levels,
        ("CaseExpectation", "severity"): levels,
        ("Case", "raises"): levels,
        ("EscalateStep", "escalate"): roles,
        ("NotifyStep", "notify"): reached,
        ("ExpectedMessage", "to"): reached,
        ("AskStep", "role"): roles,
        ("Answer", "role"): roles,
        ("StepAnswer", "role"): (*roles, WHOEVER),
        ("StepTest", "operator"): roles,
        ("StepTest", "severity"): (*levels, NOTHING),
        ("StepTest", "messages"): reached,
        ("ExpectedAsk", "role"): (*roles, "operator"),
        ("Case", "operator"): roles,
        ("Cases", "operator"): roles,
        ("StepTests", "operator"): roles,
    }


def schema_text(kind: str, known: Words) -> str:
    """Return the text of one schema."""
    return json.dumps(SCHEMAS[kind](known), indent=2, ensure_ascii=False) + "\n"


def write_schemas(folder: Path, known: Words) -> tuple[Path, ...]:
    """Write the schemas that differ from their files, and return those files."""
    folder.mkdir(parents=True, exist_ok=True)
    found = stale_schemas(folder, known)
    for path in found:
        path.write_text(schema_text(path.name.partition(".")[0], known), encoding="utf-8")
    return found


def stale_schemas(folder: Path, known: Words) -> tuple[Path, ...]:
    """Return the files of a folder that are missing, or are not what the engine says now."""
    texts = {folder / f"{kind}.schema.json": schema_text(kind, known) for kind in SCHEMAS}
    return tuple(
        path for path, text in texts.items() if not path.is_file() or path.read_text(encoding="utf-8") != text
    )
