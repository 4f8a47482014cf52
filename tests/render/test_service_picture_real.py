"""The picture of what stands on what is accepted by Mermaid's own parser."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.app.library import Library
from engine.app.workspace import Workspace
from engine.render.mermaid import mermaid
from engine.views.service_map import picture
from tests.render.test_mermaid_real import errors
from tests.render.written import hostile, tame

pytestmark = pytest.mark.system
ROOT = Path(__file__).parents[2]


def test_mermaid_accepts_the_picture_of_the_shipped_and_of_hostile_services(tmp_path: Path) -> None:
    """With and without groups; a broken one is refused."""
    shipped = Library(Workspace(ROOT, tmp_path, {})).catalogue.services
    drawn = [mermaid(picture(one)) for one in (shipped, tame().services, hostile().services)]
    assert ["", "", ""] == errors(*drawn)
    assert "" != errors(drawn[0].replace("-->", "--", 1) + "\n  a[")[0]
