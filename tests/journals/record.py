"""Records the golden journals of this release: `python -m tests.journals.record`.

A released journal is never changed; a new release adds a folder of its own.
"""

from __future__ import annotations

from pathlib import Path

import engine
from engine.app.drilling import virtual_drill
from engine.app.workspace import Workspace
from engine.core.events import type_of
from engine.core.records import Draft, seal
from engine.io.journal.line import encode
from engine.kinds import codec

ROOT = Path(__file__).parent.parent.parent
SCENARIOS = ("single-crash", "our-network-changed", "nobody-answers-the-page")


def record(name: str, folder: Path) -> None:
    """Write the journal of one virtual drill, byte for byte as a run folder holds it."""
    drilled = virtual_drill(Workspace(ROOT, ROOT / ".runbook", {}), name)
    after = (0, "0" * 64)
    with (folder / f"{name}.jsonl").open("wb") as file:
        for one in drilled.happened:
            draft = Draft(type_of(one.event), codec.plain(one.event), codec.plain(one.by))  # type: ignore[arg-type]
            (sealed,) = seal([draft], after=after, epoch=one.epoch, at=one.at, mono=float(one.at))
            after = (sealed.seq, sealed.hash)
            file.write(encode(sealed))


if __name__ == "__main__":
    target = Path(__file__).parent / engine.__version__
    target.mkdir(exist_ok=True)
    for scenario in SCENARIOS:
        record(scenario, target)
