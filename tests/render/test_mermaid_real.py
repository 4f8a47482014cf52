"""Pictures of pages are accepted by Mermaid's own parser, which GitHub uses too."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from engine.model.runbook import Runbook
from engine.render.mermaid import mermaid
from engine.views.flowchart import flowchart
from engine.views.outline import outline
from tests.needs import require_node
from tests.patience import PATIENCE
from tests.views.documented import catalogue, large, library, small

pytestmark = pytest.mark.system
SCRIPT = Path(__file__).parent / "mermaid_parse.mjs"
HOSTILE = 'end "] --> x; %% <b>&quot; #35; `a` {{b}} | \\ \u202e\n```'


def picture(runbook: Runbook) -> str:
    """Return the picture of a runbook's page."""
    return mermaid(flowchart(outline(runbook, library, catalogue())))


def errors(*diagrams: str) -> list[str]:
    """Return what Mermaid says about each diagram; an empty text where it parses."""
    node, folder = require_node("mermaid", "jsdom")
    done = subprocess.run(
        [node, str(SCRIPT), str(folder)],
        input=json.dumps(diagrams),
        capture_output=True,
        text=True,
        timeout=PATIENCE,
    )
    assert 0 == done.returncode, done.stderr
    found: list[str] = json.loads(done.stdout)
    return found


def hostile() -> Runbook:
    """Return a runbook whose every text tries to be Mermaid."""
    runbook = large()
    steps = {
        name: type(node)(step=node.step, title=HOSTILE + name, then=node.then, phase=node.phase)
        for name, node in runbook.steps.items()
    }
    return small(steps=steps, inputs=runbook.inputs)


def test_mermaid_accepts_the_picture_of_every_kind_of_step_and_of_hostile_titles() -> None:
    """All shapes, groups, loose edges and escaped labels parse."""
    assert ["", "", ""] == errors(picture(small()), picture(large()), picture(hostile()))


def test_mermaid_refuses_a_broken_diagram() -> None:
    """The parser behind this test is a real one: it notices a seeded error."""
    good = picture(small())
    assert ["", False] == [errors(good)[0], errors(good.replace("-->", "--", 1) + "\n  a[")[0] == ""]
