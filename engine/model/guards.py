"""Guards as data: whose decision a change is, when, how often, and what may be reached at all."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar, Literal

from engine.kinds import windows
from engine.kinds.uses import CheckUse, Effect
from engine.kinds.values import Duration, Json

Identity = Literal["claimed", "relayed", "proved"]
IDENTITIES: tuple[Identity, ...] = ("claimed", "relayed", "proved")
"""From weakest to strongest."""


APPROVE_WITHIN = Duration(900.0)
"""An approval that nobody gives in a quarter of an hour is asked of somebody else."""
START_WITHIN = Duration(300.0)
"""What was agreed to and not begun in five minutes may not be true any more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One policy rule; the first whose words all fit decides. Nothing fits: approval by any role that may."""

    consent: Literal["none", "confirm", "approve", "refuse"]
    """none: it is just done; confirm: the operator decides; approve: somebody else does; refuse: never."""
    effects: tuple[Effect, ...] = ()
    """Only changes of these effects; empty: of any."""
    operations: tuple[str, ...] = ()
    """Only these operations; empty: any."""
    environments: tuple[str, ...] = ()
    """Only in these environments; empty: in any."""
    role: str = ""
    """The role that approves; empty: any that may."""
    why: str = ""
    """Why it is so, told to whoever is asked or refused."""
    quorum: int = 1
    """How many people other than the operator must approve, each a different one."""
    identity: Identity = "claimed"
    """The least an approval must be: claimed (`--as`), relayed (a one-time code), proved (a signature)."""
    approve_within: Duration = APPROVE_WITHIN
    """Then the question goes to the next rung of the ladder that may approve."""
    start_within: Duration = START_WITHIN
    """A change that has not started this long after its approval needs a new one."""
    window: str = ""
    """When the change may be made at all; outside it is refused."""
    break_glass: str = ""
    """The role paged when an operator goes ahead without approval; empty: nobody may. Never to destroy."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """Hours of the week, in a time zone. `to` before `from` runs over midnight."""

    spelled: ClassVar[Mapping[str, str]] = {"from": "start", "to": "end"}

    days: tuple[Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"], ...]
    """Days on which it begins."""
    start: str
    """Time of day at which it begins, `22:00`."""
    end: str
    """Time of day at which it ends."""
    zone: str = "UTC"
    """Its time zone, `Europe/Berlin`."""
    title: str = ""
    """What it is called."""

    def __post_init__(self) -> None:
        windows.minutes(self.start)
        windows.minutes(self.end)
        windows.zone(self.zone)


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandRule:
    """A program that may be started, with the sub-commands that may follow; none listed: any."""

    run: str
    """The program's name, or its path where it has a slash."""
    sub: tuple[str, ...] = ()
    """First words after it that are allowed; none listed: any."""
    effects: tuple[Effect, ...] = ("read", "change", "destroy")
    """What a step that starts it may be."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Deviation:
    """What needs a second person when an operator leaves the runbook."""

    of: tuple[Literal["skip", "jump", "hand"], ...]
    """Ways of leaving the runbook."""
    phases: tuple[str, ...] = ()
    """Only in these phases; empty: in any."""
    environments: tuple[str, ...] = ()
    """Only in these environments; empty: in any."""
    role: str = ""
    """The role that agrees; empty: any that may approve."""
    why: str = ""
    """Why, told to whoever is asked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How much one run may do; what goes beyond is refused and needs a person."""

    changes: int = 50
    """Changes in one run."""
    same_change: int = 10
    """Changes of one operation."""
    messages: int = 100
    """Messages of one run."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """What may be reached. An empty list limits nothing, except where it says so."""

    hosts: tuple[str, ...] = ()
    """`host`, `*.suffix`, each with `:port` where only that one is meant."""
    commands: tuple[CommandRule, ...] = ()
    """Programs that may be started."""
    shell: bool = False
    """Whether a command may be a line for the shell (`shell: true`)."""
    write: tuple[str, ...] = ()
    """Paths below the workspace where mirrors and logs may be written."""
    read: tuple[str, ...] = ()
    """Paths whose content may be read as a fact, beside the workspace."""
    through_mcp: Mapping[str, str] = field(default_factory=dict)
    """Programs that no runbook starts, each with the MCP server that is asked instead: `flyctl: fly`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Guards:
    """Everything that keeps a run within bounds, besides the rules of `policy`."""

    access: Access = Access()
    """What may be reached at all."""
    limits: Limits = Limits()
    """How much one run may do."""
    deviations: tuple[Deviation, ...] = ()
    """What needs a second person when an operator leaves the runbook."""
    announce: str = ""
    """Role or channel that hears of every start and end of a run."""
    updates: str = ""
    """Role or channel that gets the status updates when they are due."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Credential:
    """Where the value of a secret comes from; nothing said: the environment variable of that name."""

    file: str = ""
    """An env-file (`NAME=value` lines), below the workspace or absolute. Its path is logged, no value."""
    command: tuple[str, ...] = ()
    """A program that prints the value, as a list."""
    public: bool = False
    """The value is no secret (the local database's password): it is not redacted."""
    title: str = ""
    """What it opens."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Approver:
    """A person who may prove who they are. The name is what they are called everywhere."""

    role: str
    """The role they decide in."""
    keys: tuple[str, ...] = ()
    """SSH public keys, as in a `.pub` file."""
    device: str = ""
    """The channel that reaches their own device, for one-time codes."""

    def __post_init__(self) -> None:
        for key in self.keys:
            if not _is_public_key(key):
                raise ValueError(f"'{key[:40]}' is no SSH public key: copy the line of the .pub file")


def _is_public_key(key: str) -> bool:
    """Say whether a text is one public key: its body begins with the name of its type."""
    kind, _, rest = key.strip().partition(" ")
    try:
        body = base64.b64decode(rest.split(" ")[0], validate=True)
    except ValueError:
        return False
    length = int.from_bytes(body[:4], "big")
    return bool(kind) and body[4 : 4 + length] == kind.encode("ascii", "replace")


@dataclass(frozen=True, slots=True, kw_only=True)
class Precaution:
    """A look for somebody else's change in flight, before the first change of a run."""

    check: CheckUse
    """Passes when nothing is under way; fail: somebody is changing it now; unknown: cannot see."""
    services: tuple[str, ...] = ()
    """Only for runbooks of these services; none listed: all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Baseline:
    """A recorded measurement to compare with: what was measured, when, and how."""

    source: str
    """Who measured it, when and where."""
    n: int
    """How many samples there were."""
    method: str = "linear"
    """How percentiles were taken (see the `samples` check)."""
    values: Mapping[str, Json] = field(default_factory=dict)
    """Statistics by name, in seconds: median, mean, p95, min, max."""


__all__ = [
    "APPROVE_WITHIN",
    "IDENTITIES",
    "START_WITHIN",
    "Access",
    "Approver",
    "Baseline",
    "CommandRule",
    "Credential",
    "Deviation",
    "Guards",
    "Identity",
    "Limits",
    "Precaution",
    "Rule",
    "Window",
]
