"""Show the tools of MCP servers beside their pins."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from engine.cli.here import Here, progress, put, put_json
from engine.cli.parameters import example, output_option, pass_here

if TYPE_CHECKING:
    from engine.app.pinning import Pin, ServerPins

SECTION = "Before the next one"


@click.command("pins", epilog=example("runbook pins", "runbook pins fly --update"))
@click.argument("server", required=False, default="", metavar="[SERVER]")
@click.option(
    "--env", "environment", default="", metavar="NAME", help="Whose addresses and commands are used."
)
@click.option("--update", is_flag=True, help="Print the `pins:` block to paste; no file is written.")
@output_option
@pass_here
def command(here: Here, server: str, environment: str, update: bool, output: str | None) -> int:
    """Ask each server for its tools and compare. Exit 1 when a call would be refused, or nobody answered.

    A stdio server is started for it, and ended again; no tool is called.
    """
    from engine.app.library import Library
    from engine.app.pinning import block, data_of, pins_of
    from engine.kinds.errors import Exit

    found = pins_of(Library(here.workspace), environment, server)
    if not found:
        progress("no MCP servers in the catalogue")
    if output == "json":
        for row in data_of(found):
            put_json(dict(row))
    elif update:
        if found:
            put(block(found))
            progress("read each tool first (`runbook pins`), then paste this over `pins` in the catalogue")
    else:
        for one in found:
            _show(one)
    return int(Exit.RESOLVED if update or all(one.well for one in found) else Exit.ENDED)


def _show(server: ServerPins) -> None:
    from engine.render.findings import visible

    put(visible(f"{server.server}  {server.place}{'  (a stand-in)' if server.stand_in else ''}"))
    if server.why:
        put(visible(f"  cannot be asked: {server.why}"))
    width = max((len(pin.tool) for pin in server.pins), default=0)
    for pin in (one for one in server.pins if one.tool):
        allowed = "allowed" if pin.allowed else "-"
        put(visible(f"  {pin.state:<11} {pin.tool:<{width}}  {allowed:<7}  {_hashes(pin)}".rstrip()))
        if pin.allowed and pin.state in ("changed", "new"):
            for line in pin.description.strip().splitlines():
                put(visible(f"      says now: {line}"))
            put(visible(f"      in full: {pin.definition}"))


def _hashes(pin: Pin) -> str:
    if pin.pinned and pin.current and pin.state != "same":
        return f"pinned {pin.pinned}, is {pin.current}"
    if pin.pinned:
        return f"pinned {pin.pinned}"
    return f"no pin, is {pin.current}" if pin.current else ""
