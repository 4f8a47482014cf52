"""Whether an app's log lines are structured: one JSON object each, as pino writes them, errors with a stack.

Rules:
1. Only lines of the app itself count: not the proxy's and the platform's, and not those by which Fly says in
   the app's name that it starts or ends the process.
2. A line is structured where it is a JSON object with `level` (a number), `time` (a number or a text) and
   `msg` (a text). An error (level 50 and above) has an object `err` with `type`, `message` and `stack` too.
3. What a line says is neither kept nor shown: customers' words may stand in it. Numbers are.
4. Without one line nothing is known: no line is no proof of order.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import ClassVar, Final

from engine.kinds.by_hand import inspector
from engine.kinds.check import Check
from engine.kinds.counted import counted
from engine.kinds.ports import McpCall, World
from engine.kinds.replies import as_mapping, first_line
from engine.kinds.values import Json
from engine.kinds.verdicts import Observation

_TOOL: Final = "fly-logs"
_ERROR: Final = 50
"""pino's number for an error; 60 is fatal."""
_COLOURS: Final = re.compile(r"\x1b\[[0-9;]*m")
_LINE: Final = re.compile(r"(?P<at>\S+) (?P<source>\w+)\[[^\]]*\] \S+ \[\w+\](?P<said>.*)")
_OF_FLY: Final = re.compile(
    r"\s*(INFO|WARN|ERROR) (Starting init|Preparing to run|Main child|Sending signal|reaped|Umounting)"
    r"|\s*\[\s*\d+\.\d+\] |\s*(Machine|Health check|Starting machine|Configuring|Pulling)\b"
    r"|\s*\d{4}/\d\d/\d\d .*SSH"
)
"""How Fly's own init speaks in the app's name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FlyLogLinesCheck(Check):
    """Read an app's newest log lines and count those that are not structured."""

    kind: ClassVar[str] = "fly_log_lines"
    example: ClassVar[str] = "{fly_log_lines: shop, expect: {plain: 0, bare_errors: 0}}"
    fact_names: ClassVar[Mapping[str, str]] = MappingProxyType(
        {
            "lines": "number of newest lines that the app itself wrote; without one the others are absent",
            "structured": "how many of them are JSON with `level`, `time` and `msg`",
            "plain": "how many are anything else",
            "errors": "how many structured ones are errors (level 50 and above)",
            "bare_errors": "how many of those lack an object `err` with `type`, `message` and `stack`",
            "newest": "the time of the newest line, as Fly gives it",
        }
    )
    default_expect: ClassVar[Mapping[str, Json]] = MappingProxyType({"plain": 0, "bare_errors": 0})

    fly_log_lines: str
    """The app."""
    server: str = "fly"
    """The MCP server to ask."""

    async def observe(self, world: World, timeout: float) -> Observation:
        """Read the newest lines once."""
        reply = await world.mcp.call(McpCall(self.server, _TOOL, {"app": self.fly_log_lines}, timeout))
        if reply.is_error:
            said = first_line(reply.text) or "without a reason"
            return Observation({}, reply.seconds, cannot=f"{_TOOL} says it failed: {said}")
        own = list(_own(reply.text))
        facts: dict[str, Json] = {"lines": len(own)}
        if not own:
            return Observation(facts, reply.seconds, summary="no line of the app itself")
        records = [one for one in (_record(said) for _, said in own) if one]
        errors = [one for one in records if _level(one) >= _ERROR]
        bare = sum(1 for one in errors if not _whole(one.get("err")))
        plain = len(own) - len(records)
        facts |= {"structured": len(records), "plain": plain, "errors": len(errors), "bare_errors": bare}
        facts["newest"] = own[-1][0]
        summary = f"{len(records)} of {counted(len(own), 'line')} structured"
        summary += f", {bare} of {counted(len(errors), 'error')} without a stack"
        body = json.dumps(facts).encode()
        return Observation(facts, reply.seconds, body, "application/json", summary)

    def by_hand(self) -> str:
        """Return the line for the protocol's inspector."""
        return inspector(self.server, _TOOL, {"app": self.fly_log_lines})

    def target(self) -> str:
        """Return server and tool."""
        return f"{self.server}/{_TOOL}"


def _own(text: str) -> Iterator[tuple[str, str]]:
    """Yield time and words of each line that the app itself wrote."""
    for line in _COLOURS.sub("", text).splitlines():
        found = _LINE.fullmatch(line.strip())
        if found and found["source"] == "app" and found["said"].strip() and not _OF_FLY.match(found["said"]):
            yield found["at"], found["said"].strip()


def _record(said: str) -> Mapping[str, Json]:
    """Return a structured line, or nothing where it is none."""
    try:
        data = as_mapping(json.loads(said))
    except (ValueError, RecursionError):
        return {}
    time = data.get("time")
    timed = isinstance(time, str | int | float) and not isinstance(time, bool)
    return data if timed and isinstance(data.get("msg"), str) and _level(data) else {}


def _level(record: Mapping[str, Json]) -> float:
    level = record.get("level")
    return level if isinstance(level, int | float) and not isinstance(level, bool) else 0


def _whole(error: Json | None) -> bool:
    """Say whether an error has what a reader needs of it."""
    held = as_mapping(error)
    return all(isinstance(held.get(key), str) and held[key] for key in ("type", "message", "stack"))
