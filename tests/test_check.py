"""`./check` lets its tests write in memory, and leaves nothing of it behind."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from tests.patience import PATIENCE

ROOT = Path(__file__).parent.parent


def sourced(script: str, **environ: str) -> subprocess.CompletedProcess[str]:
    """Run a script behind the functions that `check` sources."""
    kept = {name: value for name, value in os.environ.items() if name != "TMPDIR"}
    return subprocess.run(
        ["sh", "-eu", "-c", f". ./.ci/environment\nin_memory\n{script}"],
        cwd=ROOT, env={**kept, **environ}, capture_output=True, text=True, timeout=PATIENCE,
    )  # fmt: skip


@pytest.mark.parametrize("code", [0, 1, 5])
def test_the_exit_code_is_that_of_the_tests_and_no_folder_is_left(code: int) -> None:
    """A failing test fails `check`, also behind a folder that has to be taken away."""
    done = sourced(f'echo "${{TMPDIR:-}}"; exit {code}')
    assert (code, "") == (done.returncode, done.stderr)
    folder = done.stdout.strip()
    assert not folder or not Path(folder).exists()


def test_what_is_written_there_can_be_run_and_is_open_to_others() -> None:
    """A script is run from a copy in the temporary folder; Postgres is somebody else where root runs it."""
    done = sourced('[ -z "${TMPDIR:-}" ] || { ls -ld "$TMPDIR"; "$TMPDIR/program" && echo ran; }')
    if not done.stdout:
        pytest.skip("not enough memory here for what tests write")
    assert ("drwxr-xr-x", "ran") == (done.stdout[:10], done.stdout.split()[-1])


def test_a_temporary_folder_of_ones_own_is_kept(tmp_path: Path) -> None:
    """Whoever says where to write is not overruled."""
    done = sourced('echo "$TMPDIR"', TMPDIR=str(tmp_path))
    assert (0, f"{tmp_path}\n") == (done.returncode, done.stdout)
    assert tmp_path.exists()
