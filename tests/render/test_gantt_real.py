"""Charts of reports are accepted by Mermaid's own parser, which GitHub uses too."""

from __future__ import annotations

import pytest

from engine.render.gantt import gantt
from engine.views.report import report
from tests.render.test_mermaid_real import errors
from tests.render.test_report import STORIES
from tests.views.story import tell

pytestmark = pytest.mark.system


def test_mermaid_accepts_the_chart_of_every_story() -> None:
    """Hostile titles, failures, runs under way."""
    charts = [gantt(report(tell(**story), "h")) for story in STORIES.values()]  # type: ignore[arg-type]
    assert ["" for _ in charts] == errors(*charts)


def test_mermaid_refuses_a_broken_chart() -> None:
    """The parser behind this test notices a seeded error."""
    good = gantt(report(tell(), "h"))
    assert "" != errors(good.replace("section Mitigate", "sectionMitigate", 1) + "\n  click")[0]
