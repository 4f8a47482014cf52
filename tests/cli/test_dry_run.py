"""What one command reads it reads once."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from engine.cli.program import run as run_words
from engine.model import loading
from tests.app.test_workspace import SCENARIO
from tests.cli.conftest import Command


@pytest.mark.parametrize(
    ("words", "code"), [(("--dry-run",), 0), (("--answers-from", "dark"), 4), (("--observe",), 1)]
)
def test_the_catalogue_is_loaded_once(
    words: tuple[str, ...],
    code: int,
    runbook: Command,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """It is the larger half of what is read before the first look."""
    (runbook.root / "drills/dark.yaml").write_text(SCENARIO)
    loads: list[int] = []
    load: Callable[..., object] = loading.load_catalogue

    def counted(documents: list[object]) -> object:
        loads.append(len(documents))
        return load(documents)

    monkeypatch.setattr(loading, "load_catalogue", counted)
    monkeypatch.chdir(runbook.root)
    for name, value in runbook.environ.items():
        monkeypatch.setenv(name, value)
    ended = run_words(("run", "web-down", "--env", "practice", *words))
    assert [1] == loads
    assert code == ended, capsys.readouterr().err
