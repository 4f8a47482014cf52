"""Measure the checks of the catalogue now, with statistics, and compare them with a record."""

from __future__ import annotations

import click

from engine.cli.here import Here, progress, put, put_json
from engine.cli.parameters import complete_check, example, output_option, pass_here

SECTION = "Before the next one"


@click.command(
    "probe",
    epilog=example(
        "runbook probe route-dashboard-live --baseline first",
        "runbook probe --env production --samples 20 --record 2025-11-week-47",
        "runbook probe --samples 1 --status docs/status.md --metrics /var/lib/node_exporter/runbook.prom",
    ),
)
@click.argument("checks", nargs=-1, metavar="[CHECK]…", shell_complete=complete_check)
@click.option(
    "--env", "environment", default="", metavar="NAME", help="Where: production, staging, sandbox, …"
)
@click.option(
    "--samples",
    type=int,
    default=None,
    metavar="N",
    help="Tries of each that count; of several, one more warms up. Without it: the check's own, or ten.",
)
@click.option(
    "--baseline", default="", metavar="NAME", help="A record of runbooks/baselines/ to compare with."
)
@click.option("--record", default="", metavar="NAME", help="Write what was measured as a new record.")
@click.option(
    "--status",
    default="",
    metavar="FILE",
    help="Keep a status page there (.md), with its data beside it (.json).",
)
@click.option(
    "--metrics",
    default="",
    metavar="FILE",
    help="With --status: the same for Prometheus (textfile collector).",
)
@output_option
@pass_here
def command(
    here: Here,
    checks: tuple[str, ...],
    environment: str,
    samples: int | None,
    baseline: str,
    record: str,
    status: str,
    metrics: str,
    output: str | None,
) -> int:
    """Measure checks of the catalogue: success first, then speed, with method and number of tries.

    CHECK is a name of the catalogue, or name@place for one of several; without any, all are measured. Nothing
    is changed. Exit 1 when one fails, cannot be judged, or is slower than what was recorded. A status page
    goes on from its last one: since when a check is red, and how often it was well.
    """
    from engine.app import baselines, standing_lights
    from engine.app.measuring import Probe, probe
    from engine.app.parts import system_now
    from engine.kinds.errors import Exit, UsageError
    from engine.render.findings import visible
    from engine.render.measured import data, row, rows

    if record:
        baselines.require_free(here.workspace, record)
    if metrics and not status:
        raise UsageError("--metrics goes with --status", hint="what stands in both comes from one board")
    board = standing_lights.place(here.workspace, status) if status else None
    told = (lambda one: None) if output == "json" else (lambda one: progress(row(one)))
    done = probe(
        Probe(
            workspace=here.workspace,
            checks=checks,
            environment=environment,
            samples=samples,
            baseline=baseline,
        ),
        told if len(checks) != 1 else (lambda one: None),
    )
    bad = [one for one in done.measured if not one.well]
    well = done.network and bool(done.measured) and not bad
    kept = ""
    if record and done.measured:
        made = [trial for one in done.measured for trial in one.trials]
        kept = here.workspace.shown(baselines.record(here.workspace, record, made))
    shown = ""
    if board and done.measured:
        standing_lights.write(here.workspace, board, done, system_now(), metrics)
        shown = here.workspace.shown(board)
    if output == "json":
        put_json(
            {
                "ok": well,
                "environment": done.environment,
                "network": done.network,
                "measured": [data(one, baseline) for one in done.measured],
                "not_measured": [{"check": one.name, "why": one.why} for one in done.left],
                "recorded": kept,
                "status": shown,
            }
        )
        return int(Exit.RESOLVED if well else Exit.ENDED)
    if not done.network:
        put("no control probe answers: it is our own network, so nothing was measured")
        return int(Exit.ENDED)
    for line in rows(done.measured):
        put(line)
    for one in done.left:
        put(visible(f"-     {one.name}: not measured: {one.why}"))
    counts = [f"{len(done.measured) - len(bad)} well", f"{len(bad)} not", f"{len(done.left)} not measured"]
    put(f"{done.environment}: {', '.join(counts)}")
    if shown:
        put(f"status in {shown}")
    if kept:
        put(f"recorded in {kept}")
    elif not baseline:
        known = ", ".join(baselines.names(here.workspace)) or "none yet; --record NAME makes one"
        put(f"compared with nothing: --baseline NAME does; recorded are: {known}")
    return int(Exit.RESOLVED if well else Exit.ENDED)
