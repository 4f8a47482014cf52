"""Scripts that actions run: pinned to their bytes when a run is planned.

The hash becomes part of the arguments, so an approval is bound to the script that was there when the run was
planned; whoever starts it refuses one that is another by then.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import fields, is_dataclass, replace
from pathlib import Path

from engine.core.plan import Plan
from engine.kinds import codec
from engine.kinds.action import Action
from engine.kinds.steps.action import ActionStep


def pinned(plan: Plan, root: Path) -> Plan:
    """Return the plan with the hash of every script that its actions name and that is there."""
    steps = {}
    for path, step in plan.steps.items():
        if isinstance(step.step, ActionStep):
            use = step.step.action
            undo = None if use.undo is None else replace(use.undo, kind=_pinned(use.undo.kind, root))
            action = replace(use, kind=_pinned(use.kind, root), undo=undo)
            step = replace(step, step=replace(step.step, action=action))
        steps[path] = step
    return replace(plan, steps=steps)


def _pinned(kind: Action, root: Path) -> Action:
    if not is_dataclass(kind) or "script_sha256" not in {field.name for field in fields(kind)}:
        return kind
    written = codec.plain(kind)
    known = written if isinstance(written, Mapping) else {}
    script = known.get("script")
    if not isinstance(script, str) or "${" in script or known.get("script_sha256"):
        return kind
    try:
        body = (root / script).read_bytes()
    except OSError:
        return kind  # told when it is started: it is not there
    return codec.decode(Action, {**known, "script_sha256": hashlib.sha256(body).hexdigest()})
