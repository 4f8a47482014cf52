"""One machine as the Fly API or flyctl shows it: its state, its exits, and why it is not running.

Rules of reading, all learned from the vendor's clients:

1. Exit data sits under `request.MonitorEvent.exit_event` or `request.exit_event`; the first wins.
2. Clients written in Go leave zeros out: in exit data that is there, a missing `exit_code` is 0 and a
   missing flag is false. Exit data that is not there says nothing: unknown.
3. Event times are milliseconds. The newest event comes first, but we sort, since a list is only a list.
4. A state in between two settled ones is not judged: *changing*.
5. A crash loop shows in its exits, whatever state it is caught in. A machine that is `started` is believed
   to be out of it unless it has health checks and none of them passes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

from engine.kinds.replies import as_list, as_mapping, as_text
from engine.kinds.values import Instant, Json

Cause = Literal[
    "started", "idle", "crash-loop", "crash", "out-of-memory", "killed", "ended", "no-machines",
    "unreachable", "changing", "unknown",
]  # fmt: skip
SETTLED: Final = ("created", "started", "stopped", "suspended", "failed", "destroyed")
LOOP_EXITS: Final = 3  # more than this many …
LOOP_WINDOW: Final = 120.0  # … within this many seconds, or more restarts in a row, are a loop
BRIEF_RUN: Final = 60.0  # auto-stop never comes this soon after a start
_KILLED: Final = (137, 143)  # SIGKILL, SIGTERM


@dataclass(frozen=True, slots=True)
class Exit:
    """One end of a machine's process; `code` None when the exit data was missing."""

    machine: str
    at: float
    code: int | None
    oom: bool = False
    requested: bool = False
    restarting: bool = False
    restarts: int = 0

    def plain(self) -> dict[str, Json]:
        """Return what is known of it."""
        known: dict[str, Json] = {"machine": self.machine}
        if self.at:
            known["at"] = str(Instant(self.at))
        if self.code is not None:
            known |= {
                "exit_code": self.code,
                "oom": self.oom,
                "requested_stop": self.requested,
                "restarting": self.restarting,
                "restarts": self.restarts,
            }
        return known


@dataclass(frozen=True, slots=True)
class Machine:
    """One machine, read once."""

    id: str
    state: str
    region: str
    instance: str
    group: str
    version: int | None
    image: str
    memory_mb: int | None
    autostart: bool
    reachable: bool
    exits: tuple[Exit, ...]
    """Newest first."""
    starts: tuple[float, ...]
    checks: Mapping[str, str]
    told: bool = True
    """Its events are listed, so that an exit which is not among them is one that nobody knows of."""

    @property
    def running(self) -> bool:
        """Tell whether it runs, as far as the platform can tell."""
        return self.state == "started" and self.reachable

    @property
    def changing(self) -> bool:
        """Tell whether it is between two settled states."""
        return self.reachable and self.state not in SETTLED

    def cause(self) -> Cause:
        """Return why it is in the state it is in."""
        if not self.reachable:
            return "unreachable"
        if self.state == "started":
            stuck = self.checks and "passing" not in self.checks.values()
            return "crash-loop" if stuck and self._looping() else "started"
        if self.state not in SETTLED:
            return "crash-loop" if self._looping() else "changing"
        last = self.exits[0] if self.exits else None
        if last is None or last.code is None:
            return "idle" if self.state == "suspended" else "unknown"
        if last.oom:
            return "out-of-memory"
        if last.requested:
            return "idle"
        if last.code == 0:
            return "ended" if self._ended(last) else "idle"
        if self._looping():
            return "crash-loop"
        return "killed" if last.code in _KILLED else "crash"

    def _looping(self) -> bool:
        last = self.exits[0] if self.exits else None
        if last is None or last.code in (None, 0, *_KILLED) or last.requested or last.oom:
            return False
        crashes = [e for e in self.exits if e.code not in (None, 0) and not e.requested]
        recent = [e for e in crashes if last.at - e.at <= LOOP_WINDOW]
        return last.restarts > LOOP_EXITS or len(recent) > LOOP_EXITS

    def _ended(self, last: Exit) -> bool:
        """Tell whether a clean exit nobody asked for is a wrong start command rather than rest."""
        began = max((at for at in self.starts if at <= last.at), default=None)
        brief = began is not None and last.at - began < BRIEF_RUN
        return not last.restarting and (brief or not self.autostart)


def read(data: Json) -> Machine | None:
    """Return the machine, or None where there is none to read or it is destroyed."""
    shown = as_mapping(data)
    machine, state = as_text(shown.get("id")), as_text(shown.get("state"))
    if not machine or state == "destroyed":
        return None
    config = as_mapping(shown.get("config"))
    labels = as_mapping(config.get("metadata"))
    version = as_text(labels.get("fly_release_version"))
    memory = as_mapping(config.get("guest")).get("memory_mb")
    events = [as_mapping(event) for event in as_list(shown.get("events"))]
    exits = [one for event in events if (one := _exit(machine, event)) is not None]
    return Machine(
        machine,
        state,
        as_text(shown.get("region")),
        as_text(shown.get("instance_id")),
        as_text(labels.get("fly_process_group")),
        int(version) if version.isascii() and version.isdigit() and len(version) < 10 else None,
        as_text(config.get("image")) or _image(as_mapping(shown.get("image_ref"))),
        memory if isinstance(memory, int) and not isinstance(memory, bool) else None,
        any(as_mapping(one).get("autostart") is True for one in as_list(config.get("services"))),
        as_text(shown.get("host_status")) != "unreachable",
        tuple(sorted(exits, key=lambda one: -one.at)),
        tuple(_at(event) for event in events if event.get("type") == "start"),
        _checks(as_list(shown.get("checks"))),
        bool(events),
    )


def worst_check(one: str, other: str) -> str:
    """Return the worse of two check states."""
    order = ("critical", "warning", "passing")
    known = [state for state in order if state in (one, other)]
    return known[0] if known else one or other


def _exit(machine: str, event: Mapping[str, Json]) -> Exit | None:
    request = as_mapping(event.get("request"))
    monitor = as_mapping(request.get("MonitorEvent"))
    data = as_mapping(monitor.get("exit_event")) or as_mapping(request.get("exit_event"))
    there = data or any(
        isinstance(holder.get("exit_event"), Mapping) for holder in (monitor, request)
    )  # `{}` is data too: every value of it was a zero
    if not there:
        return Exit(machine, _at(event), None) if event.get("type") == "exit" else None
    restarts = request.get("restart_count", monitor.get("restart_count", 0))
    return Exit(
        machine,
        _at(event) or _moment(data.get("exited_at")),
        _whole(data.get("exit_code", 0)),
        data.get("oom_killed") is True,
        data.get("requested_stop") is True,
        data.get("restarting") is True,
        _whole(restarts) or 0,
    )


def _at(event: Mapping[str, Json]) -> float:
    stamp = event.get("timestamp")
    if isinstance(stamp, (int, float)) and not isinstance(stamp, bool) and 0 < stamp < 1e14:
        return stamp / 1000
    return _moment(stamp)


def _moment(value: Json) -> float:
    try:
        return float(Instant.parse(value))
    except ValueError:
        return 0.0


def _whole(value: Json) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _image(ref: Mapping[str, Json]) -> str:
    registry, repository, tag = (as_text(ref.get(key)) for key in ("registry", "repository", "tag"))
    return f"{registry}/{repository}:{tag}" if registry and repository and tag else ""


def _checks(items: list[Json]) -> dict[str, str]:
    states: dict[str, str] = {}
    for item in items:
        name, status = as_text(as_mapping(item).get("name")), as_text(as_mapping(item).get("status"))
        if name:
            states[name] = worst_check(states.get(name, ""), status)
    return states
