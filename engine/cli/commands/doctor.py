"""Look at everything tonight's runbooks will need: credentials, hosts, tools, channels, disk."""

from __future__ import annotations

import click

from engine.cli.here import Here, progress, put, put_json
from engine.cli.parameters import complete_runbook, example, output_option, pass_here

SECTION = "Before the next one"


@click.command(
    "doctor", epilog=example("runbook doctor --env production", "runbook doctor agent-sdk-down --no-probe")
)
@click.argument("runbook", required=False, default="", metavar="[RUNBOOK]", shell_complete=complete_runbook)
@click.option(
    "--env", "environment", default="", metavar="NAME", help="Where: production, staging, sandbox, …"
)
@click.option(
    "--no-probe",
    is_flag=True,
    help="Connect to no host and ask no MCP server for its tools; without it both are done, to read only.",
)
@click.option(
    "--send-test",
    default="",
    metavar="ROLE",
    help="Send one test message to this role; else nothing is sent.",
)
@output_option
@pass_here
def command(
    here: Here, runbook: str, environment: str, no_probe: bool, send_test: str, output: str | None
) -> int:
    """Say how everything stands, one line each: ok, warn, FAIL, or ? where it could not be seen.

    Without RUNBOOK: for every runbook of the environment. Nothing is changed, no value is shown. Exit 1
    when anything is not ok.
    """
    from engine.app.examining import Examination, examine
    from engine.kinds.errors import Exit
    from engine.render.findings import visible

    if not no_probe and output != "json":
        progress(
            "connecting to hosts and asking servers for their tools; nothing is changed, nothing is sent"
        )
    found = examine(
        Examination(
            workspace=here.workspace,
            runbook=runbook,
            environment=environment,
            probe=not no_probe,
            send_test=send_test,
        )
    )
    bad = [one for one in found if one.state != "ok"]
    if output == "json":
        rows = [
            {"area": one.area, "name": one.name, "state": one.state, "said": one.said, "do": one.do}
            for one in found
        ]
        put_json({"ok": not bad, "found": rows})
        return int(Exit.ENDED if bad else Exit.RESOLVED)
    for one in found:
        do = f" → {one.do}" if one.do else ""
        put(visible(f"{one.state:<4}  {one.area:<10}  {one.name}: {one.said}{do}"))
    counts = [f"{sum(one.state == state for one in found)} {state}" for state in ("FAIL", "warn", "?", "ok")]
    put(f"{len(found)} looked at: {', '.join(counts)}")
    return int(Exit.ENDED if bad else Exit.RESOLVED)
