"""What changes around a run while it goes: freezes, and the policy on disk.

The executor asks at every turn; most turns cost one look at the times of a few files. What is new becomes a
record, so that the core decides upon it like upon anything else that happened. A catalogue that cannot be
read at the moment (somebody is writing it) changes nothing: the policy that was read last holds.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from engine.app.freezing import FILE, latest
from engine.app.library import Library
from engine.app.workspace import Workspace
from engine.core.events import Event, Frozen, PolicyRead, Thawed
from engine.core.run_state import RunState, frozen_by
from engine.kinds.errors import EngineError


@dataclass(slots=True)
class Surroundings:
    """The workspace a run is driven in."""

    workspace: Workspace
    _catalogue: tuple[tuple[str, int, int], ...] = ()
    _freezes: tuple[int, int] | None = None
    _looked: bool = field(default=False)

    def news(self, state: RunState) -> tuple[Event, ...]:
        """Return what is new since the last look."""
        return (*self._frozen(state), *self._policy(state))

    def _frozen(self, state: RunState) -> Iterator[Event]:
        plan = state.plan
        stamp = _stamp(self.workspace, FILE)
        if plan is None or (self._looked and stamp == self._freezes):
            return
        self._looked, self._freezes = True, stamp
        found = latest(self.workspace.state, plan.environment)
        if found and found.frozen and frozen_by(found.who, found.reason) != state.frozen:
            yield Frozen(reason=found.reason, who=found.who)
        elif state.frozen and (found is None or not found.frozen):
            who, reason = (found.who, found.reason) if found else ("the state folder", "its freezes are gone")
            yield Thawed(reason=reason, who=who)

    def _policy(self, state: RunState) -> Iterator[Event]:
        seen = tuple(self._times())
        if seen == self._catalogue or state.plan is None:
            return
        first, self._catalogue = not self._catalogue, seen
        if first and all(changed <= state.started * 1e9 for _, changed, _ in seen):
            return  # the plan was made of these very files: a resume need not read them
        try:
            policy = Library(self.workspace).catalogue.policy
        except EngineError:
            return
        if policy == state.plan.policy:
            if state.policy:
                yield PolicyRead(policy=(), why="the policy on disk is the one this run was planned with")
        elif policy != state.policy:
            why = "the policy on disk is another one now: the stricter word of both holds"
            yield PolicyRead(policy=policy, why=why)

    def _times(self) -> Iterator[tuple[str, int, int]]:
        for path in self.workspace.catalogue_files():
            try:
                found = path.stat()
            except OSError:
                continue
            yield str(path), found.st_mtime_ns, found.st_size


def _stamp(workspace: Workspace, name: str) -> tuple[int, int] | None:
    try:
        found = (workspace.state / name).stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size
