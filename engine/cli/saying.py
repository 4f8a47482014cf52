"""What a person says to a run from another terminal: recorded, confirmed in a line, or refused."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import replace

from engine.app.runs import RunFolder
from engine.cli.front_json import event_line
from engine.cli.here import Here, progress, put
from engine.core.events import Event
from engine.core.records import EvidenceRef
from engine.render.findings import visible
from engine.render.offered import offered


def attachments(
    here: Here, folder: RunFolder, identity: str, files: Sequence[str]
) -> tuple[EvidenceRef, ...]:
    """Return what a person attaches, stored; raises UsageError before anything is."""
    from engine.app.attaching import TYPED, attached

    here.person(identity)
    return attached(folder, files, here.workspace.environ, sys.stdin.buffer.read() if TYPED in files else b"")


def say(
    here: Here,
    folder: RunFolder,
    event: Event,
    identity: str,
    done: str,
    output: str | None,
    strength: str = "claimed",
    *,
    drives: str = "",
) -> int:
    """Record an event of a person; raises Refused where somebody else was first.

    `drives` is who goes on with the run, where that is not whoever says this.
    """
    me = replace(here.person(identity), identity=strength)
    here.run = folder.run
    happened = folder.say(event, me)
    who = f"{visible(me.name)}, {me.role}" if me.role else visible(me.name)
    if output == "json":
        put(event_line(happened))
    else:
        put(f"{folder.run} #{happened.seq}: {visible(done)} (by {who})")
    if not folder.driven():
        on = f"runbook resume {folder.run}"
        if drives:
            progress(f"nobody is driving {folder.run}: {visible(drives)} goes on with `{on}`")
        else:
            progress(f"nobody is driving {folder.run}: `{offered(on, here.said)}` goes on")
    return 0
