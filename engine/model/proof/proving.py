"""All proofs of one runbook."""

from __future__ import annotations

from engine.model.catalogue import Catalogue
from engine.model.graph import graph_of
from engine.model.proof.asserting import prove
from engine.model.proof.bounds import bounds_of
from engine.model.proof.calls import Library
from engine.model.proof.proved import Proven
from engine.model.runbook import Runbook


def proven(runbook: Runbook, library: Library, catalogue: Catalogue) -> Proven:
    """Return what is proved of a runbook; raises UsageError where runbooks call themselves."""
    return Proven(bounds_of(runbook, library, catalogue), prove(runbook, graph_of(runbook), library))
