"""From plain data to the model, with every finding at its place; `leaves` is the only user of pydantic."""

from engine.model.loading.catalogues import LoadedCatalogue, load_catalogue
from engine.model.loading.result import Loaded
from engine.model.loading.runbooks import load_runbook, sub_runbooks

__all__ = ["Loaded", "LoadedCatalogue", "load_catalogue", "load_runbook", "sub_runbooks"]
