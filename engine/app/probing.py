"""One look of `doctor` each: a host, a program, a clock, a disk, a server, a channel."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterable
from dataclasses import replace
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import TYPE_CHECKING

from engine.app.examined import Examined
from engine.app.extras import installed
from engine.app.parts import redactor_of
from engine.app.workspace import Workspace
from engine.core.plan import Plan
from engine.io.state_folder import StateFolder
from engine.kinds.ports import CannotLook, CommandRequest, HttpRequest, Message, NoAnswer, World
from engine.kinds.values import Instant
from engine.views.reach import Host

if TYPE_CHECKING:
    from engine.io.world.guard import Guard
    from engine.io.world.secrets import Secrets
    from engine.io.world.sockets import SocketWorld

DIAL = 2.0
SKEW = 5.0
"""Seconds our clock may differ from a target's before deadlines and records mislead."""
LITTLE, TOO_LITTLE = 500_000_000, 50_000_000

_VERSIONED = frozenset(
    {"bash", "curl", "deno", "docker", "fly", "flyctl", "gh", "git", "jq", "kubectl", "node", "npm", "npx",
     "psql", "python", "python3", "rg", "supabase", "uv", "uvx"}
)  # fmt: skip
"""Programs that are known to do nothing but print when asked for `--version`; any other could do anything."""
_EXTRAS = {"mcp": "mcp", "asyncpg": "sql", "apprise": "tell"}


async def dialled(host: Host, by: str, world: World) -> Examined:
    """Connect and hang up: nothing is sent."""
    try:
        seconds = await world.tcp.dial(host.name, host.port, DIAL)
    except NoAnswer as none:
        said = f"{none.detail}; needed by {by}"
        return Examined(
            "host", str(host), "FAIL", said, "is it up, and does a firewall or VPN stand between?"
        )
    except CannotLook as cannot:
        return Examined("host", str(host), "FAIL", f"{cannot}; needed by {by}", "mend its address")
    return Examined("host", str(host), "ok", f"connected in {seconds * 1000:.0f}ms; needed by {by}")


async def tool(name: str, by: str, world: World, workspace: Workspace) -> Iterable[Examined]:
    """Look for a program, and ask those for their version that do nothing else when asked."""
    path = workspace.root / name if "/" in name else None
    if path is not None:
        if path.is_file():
            return (Examined("tool", name, "ok", f"is there; needed by {by}"),)
        return (
            Examined("tool", name, "FAIL", f"is not there; needed by {by}", "mend the path in the runbook"),
        )
    found = shutil.which(name, path=workspace.environ.get("PATH"))
    if found is None:
        return (Examined("tool", name, "FAIL", f"not on PATH; needed by {by}", f"install {name}"),)
    said = found
    if name in _VERSIONED:
        try:
            reply = await world.commands.run(CommandRequest((name, "--version"), timeout=5.0, max_bytes=4096))
            lines = (reply.stdout.kept or reply.stderr.kept).decode("utf-8", "replace").split("\n")
            said = f"{found}, {' '.join(lines[0].split())[:80] or f'exit {reply.exit}'}"
        except (CannotLook, NoAnswer) as cannot:
            said = f"{found}, version unknown: {cannot}"
    return (Examined("tool", name, "ok", f"{said}; needed by {by}"),)


def extra(package: str, by: str) -> Examined:
    """Say whether an optional package is there."""
    name = _EXTRAS[package]
    if installed(package):
        return Examined("extra", name, "ok", f"installed; needed by {by}")
    return Examined(
        "extra", name, "FAIL", f"not installed; needed by {by}", f"pip install 'runbook-engine[{name}]'"
    )


async def clock(plan: Plan, world: World, now: Callable[[], Instant]) -> Iterable[Examined]:
    """Compare our clock with the Date header of the first control probe that answers."""
    name = "this machine"
    why, do = "no control probe over HTTP to compare it with", "add one under `controls`"
    for check in plan.controls.values():
        url = getattr(check.kind, "http", "")
        if not isinstance(url, str) or not url or "${" in url:
            continue
        try:
            reply = await world.http.send(HttpRequest(url, timeout=DIAL * 2))
            there = parsedate_to_datetime(reply.headers.get("date", "")).timestamp()
        except (NoAnswer, CannotLook) as none:
            why, do = f"nothing to compare it with: {none}", "is this network up?"
            continue
        except (ValueError, TypeError):
            why, do = "the control probe's answer has no date", "add one that has, under `controls`"
            continue
        skew = now() - reply.seconds / 2 - there - 0.5  # a Date header has whole seconds, cut off
        if abs(skew) <= SKEW:
            return (Examined("clock", name, "ok", f"within {SKEW:.0f}s of the control probe's"),)
        side = "ahead of" if skew > 0 else "behind"
        said = f"{abs(skew):.0f}s {side} the control probe's: deadlines and records mislead"
        return (Examined("clock", name, "warn", said, "let NTP set it"),)
    return (Examined("clock", name, "?", why, do),)


def disk(path: Path, found: StateFolder) -> Iterable[Examined]:
    """Judge what the state folder is like."""
    name, move = "state folder", "set RUNBOOK_STATE to a folder on a local disk that is yours"
    if found.problem:
        yield Examined("disk", name, "FAIL", f"{path}: {found.problem}", move)
        return
    free = f"{found.free / 1e9:.1f} GB free"
    if found.free < TOO_LITTLE:
        yield Examined("disk", name, "FAIL", f"{path}: {free}: a run would stop in the middle", "make room")
    elif found.free < LITTLE:
        yield Examined("disk", name, "warn", f"{path}: only {free}", "make room")
    else:
        will = "" if found.there else " (the folder will be made)"
        yield Examined("disk", name, "ok", f"{path}: {free}, writes reach the disk, locks hold{will}")
    if found.network:
        said = f"{path} is on {found.network}: locks and syncs of a network may not hold what they promise"
        yield Examined("disk", name, "warn", said, move)


async def git_ignored(workspace: Workspace, world: World) -> Iterable[Examined]:
    """Say whether git would take the state folder, with what runs saw, into a commit."""
    root, state = workspace.root.resolve(), workspace.state.absolute()
    if not state.is_relative_to(root) or not any((one / ".git").exists() for one in (root, *root.parents)):
        return (Examined("git", "state folder", "ok", "lies in no repository"),)
    words = ("git", "--no-pager", "check-ignore", "-q", str(state.relative_to(root) / "runs"))
    try:
        reply = await world.commands.run(CommandRequest(words, timeout=5.0))
    except (CannotLook, NoAnswer) as cannot:
        return (Examined("git", "state folder", "?", f"git cannot be asked: {cannot}", "look at .gitignore"),)
    if reply.exit == 0:
        return (Examined("git", "state folder", "ok", "ignored"),)
    if reply.exit == 1:
        do = f"add {state.relative_to(root)}/ to .gitignore"
        return (Examined("git", "state folder", "FAIL", "git would commit what runs saw", do),)
    return (Examined("git", "state folder", "?", f"git ended with {reply.exit}", "look at .gitignore"),)


async def send_test(role: str, plan: Plan, world: World, now: Instant) -> Iterable[Examined]:
    """Send one test message to a role's channel; an incident that it opened is closed again."""
    name = f"test to {role}"
    known = plan.roles.get(role)
    channel = known.channel if known else role if role in plan.channels else ""
    if not channel:
        said = "has no channel" if known else "is neither a role nor a channel"
        return (Examined("channel", name, "FAIL", f"{role} {said}", f"roles: {', '.join(plan.roles)}"),)
    message = Message(
        channel=channel,
        dedup_key=f"runbook-doctor-{int(now)}",
        title="Test from `runbook doctor`: nothing is wrong",
        body=f"Sent at {now} to see whether {role} can be reached. Nothing has to be done.",
        severity="SEV-4",
    )
    try:
        receipt = await world.tell.send(message)
        if channel in plan.channels and plan.channels[channel].type == "pagerduty":
            await world.tell.send(replace(message, action="resolve"))
    except (NoAnswer, CannotLook) as fault:
        return (
            Examined("channel", name, "FAIL", f"not delivered: {fault}", "mend the channel, then try again"),
        )
    return (Examined("channel", name, "ok", f"delivered by {channel}: {receipt}; ask them whether it came"),)


async def server(
    name: str, plan: Plan, world: SocketWorld, secrets: Secrets, guard: Guard, seconds: float
) -> Iterable[Examined]:
    """Ask an MCP server for its tools, and hold them against their pins."""
    from engine.app.pinning import asked as asked_for_tools
    from engine.io.world.mcp.server import servers_of

    known = servers_of(plan.mcp, plan.drills)[name]
    redactor = redactor_of(plan, secrets)
    found = await asked_for_tools(known, world.mcp, redactor, timeout=max(seconds, 1.0), guard=guard)
    if found.why:
        return (
            Examined("mcp", name, "FAIL", found.why, f"`runbook pins {name}` tries again, with patience"),
        )
    wrong = [pin for pin in found.pins if not pin.well and (pin.state != "new" or not found.well)]
    if wrong:
        return tuple(
            Examined("mcp", f"{name}/{pin.tool}", "FAIL", f"its pin is {pin.state}: a call is refused",
                     f"`runbook pins {name}` shows what is there now")
            for pin in wrong
        )  # fmt: skip
    pinned = sum(bool(pin.pinned) for pin in found.pins)
    allowed_tools = sum(pin.allowed for pin in found.pins)
    said = f"answers; {allowed_tools} tools allowed, {pinned} pinned"
    if allowed_tools and not pinned:
        do = f"`runbook pins {name} --update` prints the pins to paste"
        return (Examined("mcp", name, "warn", f"{said}: a tool may change unnoticed", do),)
    return (Examined("mcp", name, "ok", said),)
