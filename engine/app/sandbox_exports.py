"""The variables of a running sandbox, to be set in a shell: the names that the pages' commands use.

Rules:
1. Names and values come from the pages' own maker (`engine/views/hand_plans.py`), so that they cannot differ.
2. A credential has a made-up value, as in every run against the sandbox: no real one goes to a stand-in.
3. Only lines for bash and zsh, so that the output can be read by `eval`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from engine.app.library import Library
from engine.app.sandbox import SandboxInfo, secrets
from engine.kinds.errors import EngineError, UsageError


def exports(library: Library, info: SandboxInfo, name: str = "") -> str:
    """Return the block for one runbook, or for all; raises UsageError for one that is in no sandbox."""
    found: dict[str, str] = {}
    for one in [name] if name else library.workspace.runbook_files():
        try:
            held = _exports(library, info, one)
        except EngineError:
            if name:
                raise
            continue  # a broken file takes nothing from the others: `check` tells of it
        if name and not held:
            raise UsageError(
                f"the commands of {name} need no variables in a sandbox", hint="type them as they stand"
            )
        for key, value in held.items():
            found.setdefault(key, value)
    return "\n".join(f"export {key}={value}" for key, value in sorted(found.items()))


def _exports(library: Library, info: SandboxInfo, name: str) -> Mapping[str, str]:
    """Return the shell words of one runbook's variables, by name."""
    from engine.kinds.by_hand import word
    from engine.views.hand_plans import export_block, hand_plans
    from engine.views.outline import outline

    catalogue, runbook = library.catalogue, library.runbook(name)
    hand = hand_plans(runbook, library.runbook, catalogue)
    plans = {key: plan for key, plan in hand.plans.items() if plan.drills}
    if not plans:
        return {}
    place = next(iter(plans))
    page = outline(runbook, library.runbook, catalogue)
    typed = {
        step.path: "\n".join(
            command.text
            for doing in step.doings
            for command in doing.commands
            if not command.environments or place in command.environments
        )
        for step in page.steps()
    }
    only = replace(hand, plans={place: plans[place]}, refused={})
    block = export_block(only, catalogue, typed, info.urls)
    held = {one.name: one.value for here in block.environments for one in here.exports}
    made_up = secrets([one.name for one in block.credentials])
    return {**{key: word(value) for key, value in made_up.items()}, **held}
