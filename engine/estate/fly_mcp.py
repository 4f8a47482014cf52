"""The Fly MCP server: each tool runs flyctl and returns what it printed, notices and all.

A command that fails is a JSON-RPC error, never `isError`; an argument the tool does not know is refused.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from engine.estate.fly import App, Fly
from engine.estate.identifiers import digest
from engine.estate.json_rpc import (
    INTERNAL_ERROR,
    INVALID_PARAMS,
    METHOD_NOT_FOUND,
    PARSE_ERROR,
    Sessions,
    error,
    initialized,
    refusal,
    result,
)
from engine.estate.machine import Machine
from engine.estate.machine_object import machine_json
from engine.estate.wire import Reply, Request, mapping, text
from engine.kinds.values import Instant, Json

UPGRADE_NOTICE = 'Update available 0.3.192 -> v0.3.195.\nRun "fly version update" to upgrade.\n'
LOGS_SHOWN = 100
RELEASES_SHOWN = 25
SECONDS = 0.6  # a program is started for every call


@dataclass(frozen=True, slots=True)
class Outside:
    """What flyctl itself depends on."""

    api_reachable: bool = True
    platform_status: Json = None
    upgrade_notice: bool = True


class CommandFailed(Exception):
    """flyctl ended with an exit code other than 0."""


@dataclass(frozen=True, slots=True)
class Tool:
    """One tool: its arguments (True when required) and the command behind it."""

    description: str
    arguments: Mapping[str, bool]
    run: Callable[[Fly, Mapping[str, str], float, Outside], str]


def handle(
    sessions: Sessions, fly: Fly, request: Request, now: float, outside: Outside
) -> tuple[Sessions, Reply]:
    """Answer one message; the platform is only read."""
    if request.path != "/mcp":
        return sessions, Reply(404)
    message = mapping(request.json())
    method = text(message.get("method"))
    call_id = message.get("id")
    refused = refusal(sessions, request, method)
    if refused is not None:
        return sessions, refused
    if request.method == "DELETE":
        return sessions.end(request.headers["mcp-session-id"]), Reply(200)
    if not method:
        return sessions, error(None, PARSE_ERROR, "Parse error", status=400)
    if "id" not in message:
        return sessions, Reply(202)
    params = mapping(message.get("params"))
    match method:
        case "initialize":
            sessions, session = sessions.open()
            version = text(params.get("protocolVersion"))
            return sessions, initialized(call_id, session, version, "FlyMCP", "1.0.0")
        case "ping":
            return sessions, result(call_id, {})
        case "tools/list":
            return sessions, result(call_id, {"tools": [_listed(name) for name in TOOLS]})
        case "tools/call":
            return sessions, _call(call_id, params, fly, now, outside)
        case _:
            return sessions, error(call_id, METHOD_NOT_FOUND, f"Method {method} not found")


def _call(call_id: Json, params: Mapping[str, Json], fly: Fly, now: float, outside: Outside) -> Reply:
    name = text(params.get("name"))
    tool = TOOLS.get(name)
    if tool is None:
        return error(call_id, INVALID_PARAMS, f"tool '{name}' not found: tool not found")
    arguments: dict[str, str] = {}
    for key, value in mapping(params.get("arguments")).items():
        if key not in tool.arguments:
            return error(call_id, INTERNAL_ERROR, f"unknown argument {key}")
        if not isinstance(value, str):
            return error(call_id, INTERNAL_ERROR, f"argument {key} must be a string")
        arguments[key] = value
    for key, required in tool.arguments.items():
        if required and not arguments.get(key):
            return error(call_id, INTERNAL_ERROR, f"missing required argument: {key}")
    try:
        if not outside.api_reachable:
            raise CommandFailed("Error: failed to reach the Fly API: dial tcp: connection refused")
        printed = tool.run(fly, arguments, now, outside)
    except CommandFailed as failure:
        said = f"failed to execute command: exit status 1\nOutput: {failure}"
        return error(call_id, INTERNAL_ERROR, said, after=SECONDS)
    notice = UPGRADE_NOTICE if outside.upgrade_notice else ""
    content: Json = [{"type": "text", "text": notice + printed}]
    return result(call_id, {"content": content}, after=SECONDS)


def _app(fly: Fly, name: str) -> App:
    app = fly.app(name)
    if app is None:
        raise CommandFailed(f'Error: Could not find App "{name}"')
    return app


def _json(value: Json) -> str:
    return json.dumps(value, indent=4, ensure_ascii=False) + "\n"


def _status(fly: Fly, arguments: Mapping[str, str], now: float, outside: Outside) -> str:
    app = _app(fly, arguments["app"])
    organization: Json = {"ID": digest("org")[:12], "Slug": "hotdash"}
    return _json(
        {
            "ID": app.name,
            "Name": app.name,
            "Deployed": bool(app.releases),
            "Status": "deployed" if any(m.up for m in app.machines) else "suspended",
            "Hostname": f"{app.name}.fly.dev",
            "Version": app.releases[0].version if app.releases else 0,
            "AppURL": f"https://{app.name}.fly.dev",
            "Organization": organization,
            "PlatformVersion": "machines",
            "Machines": [_cli_machine(m, now) for m in app.machines],
        }
    )


def _logs(fly: Fly, arguments: Mapping[str, str], now: float, outside: Outside) -> str:
    app = _app(fly, arguments["app"])
    machine, region = arguments.get("machine", ""), arguments.get("region", "")
    lines = [
        str(line)
        for line in sorted(fly.logs, key=lambda line: line.at)
        if line.app == app.name
        and machine in ("", line.machine)
        and region in ("", line.region)
        and line.at <= now
    ]
    return "\n".join(lines[-LOGS_SHOWN:]) + "\n"


def _machine_list(fly: Fly, arguments: Mapping[str, str], now: float, outside: Outside) -> str:
    return _json([_cli_machine(m, now) for m in _app(fly, arguments["app"]).machines])


def _machine_status(fly: Fly, arguments: Mapping[str, str], now: float, outside: Outside) -> str:
    machine = fly.find(arguments["id"])
    if machine is None or arguments.get("app", machine.app) != machine.app:
        raise CommandFailed(f"Error: machine {arguments['id']} could not be retrieved")
    rows = [
        f"Machine ID: {machine.id}",
        f"Instance ID: {machine.instance_id}",
        f"State: {machine.state}",
        "",
        "VM",
        f"  ID            = {machine.id}",
        f"  State         = {machine.state}",
        f"  Image         = {machine.image.partition('/')[2]}",
        f"  Name          = {machine.name}",
        f"  Region        = {machine.region}",
        f"  Memory        = {machine.memory_mb}",
        f"  Created       = {Instant(machine.created_at)}",
        f"  Updated       = {Instant(max(machine.updated_at, machine.created_at))}",
        "",
        "Event Logs",
        "STATE    EVENT  SOURCE  TIMESTAMP                 INFO",
    ]
    return "\n".join([*rows, *_event_rows(machine)]) + "\n"


def _event_rows(machine: Machine) -> list[str]:
    rows = []
    for event in machine.events[:20]:
        info = ""
        if event.exit is not None:
            stop = str(event.exit.requested_stop).lower()
            oom = str(event.exit.oom_killed).lower()
            info = f"exit_code={event.exit.exit_code},oom_killed={oom},requested_stop={stop}"
        rows.append(
            f"{event.status:<8} {event.type:<6} {event.source:<7} {Instant(event.at)}  {info}".rstrip()
        )
    return rows


def _releases(fly: Fly, arguments: Mapping[str, str], now: float, outside: Outside) -> str:
    app = _app(fly, arguments["name"])
    user: Json = {"ID": digest("user")[:12], "Email": "deploy@example.com", "Name": "deploy"}
    return _json(
        [
            {
                "ID": digest("release", app.name, release.version)[:20],
                "Version": release.version,
                "Stable": release.stable,
                "InProgress": False,
                "Reason": "",
                "Description": release.description,
                "Status": release.status,
                "DeploymentStrategy": "rolling",
                "Metadata": None,
                "User": user,
                "EvaluationID": "",
                "CreatedAt": str(Instant(release.created_at)),
                "ImageRef": release.image_ref,
            }
            for release in app.releases[:RELEASES_SHOWN]
        ]
    )


def _secrets(fly: Fly, arguments: Mapping[str, str], now: float, outside: Outside) -> str:
    app = _app(fly, arguments["app"])
    return _json([{"name": secret.name, "digest": secret.digest} for secret in app.secrets])


def _platform(fly: Fly, arguments: Mapping[str, str], now: float, outside: Outside) -> str:
    if outside.platform_status is None:
        raise CommandFailed("Error: failed to retrieve status: no answer")
    return _json(outside.platform_status)


def _cli_machine(machine: Machine, now: float) -> dict[str, Json]:
    """Return the machine as flyctl prints it: a Go client leaves out zero exit codes and false flags."""
    shown = machine_json(machine, now)
    shown["events"] = [_without_zeros(event) for event in _events(shown)]
    return shown


def _events(shown: Mapping[str, Json]) -> list[Json]:
    events = shown["events"]
    return list(events) if isinstance(events, list) else []


def _without_zeros(value: Json) -> Json:
    if isinstance(value, Mapping):
        kept = {key: _without_zeros(item) for key, item in value.items()}
        return {key: item for key, item in kept.items() if item not in (0, False, "") or key == "timestamp"}
    return value


def _listed(name: str) -> Json:
    tool = TOOLS[name]
    properties: Json = {key: {"type": "string", "description": key} for key in tool.arguments}
    required: list[Json] = [key for key, needed in tool.arguments.items() if needed]
    schema: Json = {"type": "object", "properties": properties, "required": required}
    return {"name": name, "description": tool.description, "inputSchema": schema}


TOOLS: Mapping[str, Tool] = {
    "fly-status": Tool("Get status of a Fly.io app", {"app": True}, _status),
    "fly-logs": Tool("Get logs for an app", {"app": True, "machine": False, "region": False}, _logs),
    "fly-machine-list": Tool("List the machines of an app", {"app": True}, _machine_list),
    "fly-machine-status": Tool(
        "Get status of a machine", {"id": True, "app": False, "display-config": False}, _machine_status
    ),
    "fly-apps-releases": Tool("List all releases for an app", {"name": True}, _releases),
    "fly-secrets-list": Tool("List secrets for an app", {"app": True}, _secrets),
    "fly-platform-status": Tool("Get the status of Fly's platform", {}, _platform),
}
