"""From plain data to the model, with every finding at its place; `leaves` is the only user of pydantic."""

from engine.model.loading.catalogues import LoadedCatalogue, load_catalogue
from engine.model.loading.draft import Draft, draft
from engine.model.loading.result import Loaded
from engine.model.loading.runbooks import load_runbook, sub_runbooks
from engine.model.loading.scenarios import load_scenario
from engine.model.loading.schema import (
    cases_schema,
    catalogue_schema,
    json_schema,
    scenario_schema,
    step_tests_schema,
)
from engine.model.loading.step_tests import load_step_tests

__all__ = [
    "Draft",
    "Loaded",
    "LoadedCatalogue",
    "cases_schema",
    "catalogue_schema",
    "draft",
    "json_schema",
    "load_catalogue",
    "load_runbook",
    "load_scenario",
    "load_step_tests",
    "scenario_schema",
    "step_tests_schema",
    "sub_runbooks",
]
