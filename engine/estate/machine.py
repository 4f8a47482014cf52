"""One Fly machine: what it is, how it boots, exits, restarts and falls asleep.

Hard to get right, so the rules:
1. A boot gives a new instance id and an empty memory: whatever the process held is lost.
2. `settle` replays everything that was due up to now in the order it was due; asking twice changes nothing.
3. Restart policy on-failure: an exit other than 0 that nobody asked for is restarted, at most 10 times in a
   row; then the machine stays stopped. A start, restart or update by a person begins a new row.
4. Auto-stop is a clean exit: code 0, requested_stop true. Only such a machine is woken by a request.
5. Where real processes run (`supervised`), crashes are reported by the shell and never made up here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

from engine.estate.identifiers import ulid
from engine.estate.memory import Memory
from engine.estate.wire import mapping, number, text
from engine.kinds.values import Json

MachineState = Literal["created", "starting", "started", "stopped", "failed"]

START_SECONDS = 0.7  # the API says `starting` for so long
COLD_START_SECONDS = 2.2  # until the app listens
RESTART_PAUSE = 5.0
MAX_RESTARTS = 10
IDLE_SECONDS = 300.0
EVENTS_KEPT = 40


@dataclass(frozen=True, slots=True)
class ExitEvent:
    """How a machine's process ended; `exit_code` 137 is a kill."""

    at: float
    exit_code: int = 0
    oom_killed: bool = False
    requested_stop: bool = False
    restarting: bool = False


@dataclass(frozen=True, slots=True)
class MachineEvent:
    """One entry of a machine's history."""

    id: str
    type: Literal["launch", "start", "exit", "restart", "stop", "update"]
    status: str
    source: Literal["flyd", "user", "proxy"]
    at: float
    exit: ExitEvent | None = None
    restart_count: int = 0
    under_monitor: bool = False  # some replies nest the exit event one level deeper


@dataclass(frozen=True, slots=True)
class Ailment:
    """What goes wrong whenever an app's machine boots, until `cure` (an action) or another image."""

    fault: str
    kind: Literal["crash", "hang", "missing-cli", "unprepared", "refused", "slow", "uncited"]
    exit_code: int = 1
    oom_killed: bool = False
    after: float = 1.0
    log: tuple[str, ...] = ()
    image: str = ""  # only while this image runs; empty for any
    cure: str = "never"


@dataclass(frozen=True, slots=True)
class Lease:
    """The exclusive right to change a machine for a while."""

    nonce: str
    owner: str
    expires_at: float


@dataclass(frozen=True, slots=True)
class Machine:
    """A machine of an app; `config` is the vendor's JSON and always replaced as a whole."""

    id: str
    name: str
    app: str
    region: str
    config: Mapping[str, Json]
    created_at: float
    state: MachineState = "created"
    events: tuple[MachineEvent, ...] = ()
    boots: int = 0
    updated_at: float = 0.0
    started_at: float = 0.0
    ready_at: float = 0.0
    last_request: float = 0.0
    served: int = 0  # requests the proxy has sent here
    crash_at: float | None = None
    crash: Ailment | None = None
    restart_at: float | None = None
    restarts: int = 0
    hung: bool = False
    unwell: str = ""  # what its health check gets where that is no 200; the proxy then leaves it out
    host_status: Literal["ok", "unknown", "unreachable"] = "ok"
    lease: Lease | None = None
    memory: Memory = None
    notes: tuple[tuple[float, str, str], ...] = field(default=())  # log lines not collected yet

    @property
    def image(self) -> str:
        """Return the image reference in the config."""
        return text(self.config.get("image"))

    @property
    def instance_id(self) -> str:
        """Return the id of this boot (and config version)."""
        return ulid(self.id, self.boots)

    @property
    def memory_mb(self) -> int:
        """Return the memory in the config."""
        return int(number(mapping(self.config.get("guest")).get("memory_mb"), 256))

    @property
    def service(self) -> Mapping[str, Json]:
        """Return the first declared service; without one the proxy does not know the machine."""
        services = self.config.get("services")
        return mapping(services[0]) if isinstance(services, list | tuple) and services else {}

    @property
    def up(self) -> bool:
        """Tell whether a process runs or is on its way."""
        return self.state in ("starting", "started")

    @property
    def last_exit(self) -> ExitEvent | None:
        """Return the newest exit."""
        return next((event.exit for event in self.events if event.exit), None)

    @property
    def merely_stopped(self) -> bool:
        """Tell whether the machine sleeps by request or auto-stop, so that a request may wake it."""
        last = self.last_exit
        return self.state == "stopped" and (last is None or (last.exit_code == 0 and last.requested_stop))

    @property
    def looping(self) -> bool:
        """Tell whether the machine is caught in exits right after boot, or has just given up."""
        quick = self.crash is not None and self.crash.after < COLD_START_SECONDS
        return quick and (self.up or self.restart_at is not None or self.restarts >= MAX_RESTARTS)


def applies(ailment: Ailment, machine: Machine) -> bool:
    """Tell whether an ailment strikes the image this machine runs."""
    return ailment.image in ("", machine.image)


def boot(
    machine: Machine,
    now: float,
    ailments: tuple[Ailment, ...],
    *,
    source: Literal["flyd", "user", "proxy"] = "user",
    restarts: int = 0,
) -> Machine:
    """Start the process anew: new instance, empty memory, and whatever the image or a secret has in store."""
    crash = next((a for a in ailments if a.kind == "crash" and applies(a, machine)), None)
    machine = replace(
        machine,
        state="starting",
        boots=machine.boots + 1,
        updated_at=now,
        started_at=round(now + START_SECONDS, 3),
        ready_at=round(now + COLD_START_SECONDS, 3),
        last_request=now,
        crash=crash,
        crash_at=None if crash is None else round(now + START_SECONDS + crash.after, 3),
        restart_at=None,
        restarts=restarts,
        hung=any(a.kind == "hang" and applies(a, machine) for a in ailments),
        memory=None,
    )
    machine = _record(machine, "start", "starting", source, now)
    return _say(machine, now, "runner", "info", f"Starting machine (boot {machine.boots})")


def exit_machine(machine: Machine, exit_event: ExitEvent, *, pause: float = RESTART_PAUSE) -> Machine:
    """End the process; the event says whether the platform will bring it back."""
    count = machine.restarts
    machine = replace(
        machine,
        state="stopped",
        updated_at=exit_event.at,
        crash_at=None,
        restart_at=round(exit_event.at + pause, 3) if exit_event.restarting else None,
        hung=False,
        memory=None,
    )
    machine = _record(machine, "exit", "stopped", "flyd", exit_event.at, exit_event, count)
    if exit_event.oom_killed:
        machine = _say(machine, exit_event.at, "runner", "error", "Out of memory: Killed process 318 (node)")
    line = f"Main child exited with code: {exit_event.exit_code}"
    level = "info" if exit_event.exit_code == 0 else "error"
    machine = _say(machine, exit_event.at, "runner", level, line)
    if not exit_event.restarting and exit_event.exit_code and count >= MAX_RESTARTS:
        line = f"machine has reached its max restart count of {MAX_RESTARTS}"
        machine = _say(machine, exit_event.at, "runner", "error", line)
    return machine


def fail(machine: Machine, now: float, exit_code: int, *, oom_killed: bool = False) -> Machine:
    """End the process unasked, and restart it as the policy says."""
    if machine.crash is not None:
        for line in machine.crash.log:
            machine = _say(machine, now, "app", "error", line)
    again = exit_code != 0 and machine.restarts < MAX_RESTARTS
    return exit_machine(machine, ExitEvent(now, exit_code, oom_killed, restarting=again))


def settle(
    machine: Machine, ailments: tuple[Ailment, ...], now: float, *, supervised: bool = False
) -> Machine:
    """Return the machine after everything that was due up to now."""
    while (due := _due(machine, supervised)) is not None and due <= now:
        if machine.state == "starting" and due == machine.started_at:
            machine = _record(replace(machine, state="started"), "start", "started", "flyd", due)
        elif machine.up and due == machine.crash_at and not supervised and machine.crash is not None:
            crash = machine.crash
            machine = fail(machine, due, crash.exit_code, oom_killed=crash.oom_killed)
        elif machine.up:
            machine = _say(machine, due, "proxy", "info", "App has excess capacity, autostopping machine")
            machine = exit_machine(machine, ExitEvent(due, 0, requested_stop=True))
        else:
            machine = boot(machine, due, ailments, source="flyd", restarts=machine.restarts + 1)
    return machine


def _due(machine: Machine, supervised: bool) -> float | None:
    if machine.state == "starting":
        return machine.started_at
    if machine.state == "started":
        dues = [] if supervised or machine.crash_at is None else [machine.crash_at]
        if machine.service.get("autostop") in ("stop", True) and machine.host_status == "ok":
            dues.append(max(machine.last_request, machine.ready_at) + IDLE_SECONDS)
        return min(dues, default=None)
    return machine.restart_at


def _record(
    machine: Machine,
    kind: Literal["launch", "start", "exit", "restart", "stop", "update"],
    status: str,
    source: Literal["flyd", "user", "proxy"],
    at: float,
    exit_event: ExitEvent | None = None,
    restart_count: int = 0,
) -> Machine:
    event = MachineEvent(
        ulid(machine.id, machine.boots, kind, status, at),
        kind,
        status,
        source,
        at,
        exit_event,
        restart_count,
        under_monitor=machine.boots % 2 == 1,  # both places occur in the field
    )
    return replace(machine, events=(event, *machine.events)[:EVENTS_KEPT])


def _say(machine: Machine, at: float, source: str, level: str, message: str) -> Machine:
    return replace(machine, notes=(*machine.notes, (at, f"{source}/{level}", message)))
