"""Approve (or refuse) the change another person's run wants to make."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from engine.cli.here import Here
from engine.cli.parameters import (
    example,
    identity_option,
    output_option,
    pass_here,
    reason_option,
    run_argument,
)

if TYPE_CHECKING:
    from engine.core.events import Prompted
    from engine.core.run_state import RunState

SECTION = "In an incident"
SHORTEST = 8
"""Hex digits of a digest below which two changes could be mistaken for each other."""


@click.command(
    "approve",
    epilog=example(
        "runbook approve --as bea:manager",
        "runbook approve INC-20251123-030212 --digest 3f9a01c27b44 --as bea:manager",
        "runbook approve --to-sign > ask.txt",
        "runbook approve --signature ask.txt.sig --as bea:manager",
        "runbook approve --code 7K2QM-X91RD --as bea:manager",
    ),
)
@run_argument
@click.option(
    "--digest",
    default="",
    metavar="HEX",
    help="The first digits (8 or more) of the change's digest; needed when piped.",
)
@click.option("--prompt", default="", metavar="PROMPT", help="Which approval, where several are open.")
@click.option(
    "--to-sign",
    is_flag=True,
    help="Print what an approver signs: ssh-keygen -Y sign -n runbook-approval -f KEY FILE.",
)
@click.option(
    "--signature",
    type=click.Path(exists=True, dir_okay=False),
    default=None,
    metavar="FILE",
    help="The signature, made on the approver's own device; who they are is then proved.",
)
@click.option(
    "--code",
    default="",
    metavar="CODE",
    help="The one-time code that was sent to the approver's device, read back; then it is relayed.",
)
@click.option("--refuse", is_flag=True, help="Say no.")
@reason_option
@identity_option
@output_option
@pass_here
def command(
    here: Here,
    run: str,
    digest: str,
    prompt: str,
    to_sign: bool,
    signature: str | None,
    code: str,
    refuse: bool,
    reason: str,
    identity: str,
    output: str | None,
) -> int:
    """Approve the open change of a run.

    Shows who wants to change what, where, with which way back, until when; the approval is bound to
    exactly that by its digest. On a terminal you type the word `approve`. A signature or a one-time code
    shows who approves, where policy wants more than a claim; it is held against the catalogue by the run.
    """
    from engine.app.runs import find_run
    from engine.cli.approving import open_approval, show_change
    from engine.cli.here import put
    from engine.cli.saying import say
    from engine.core.events import Answered
    from engine.core.proofs import signed_text
    from engine.kinds.errors import Refused, UsageError

    folder = find_run(here.workspace, run)
    state = folder.state()
    prompted = open_approval(folder, state, prompt, identity)
    if to_sign:
        put(signed_text(prompted.prompt, prompted.digest).rstrip("\n"))
        return 0
    if output != "json":
        show_change(here, state, prompted)
    if digest and (len(digest) < SHORTEST or not prompted.digest.startswith(digest.lower())):
        raise Refused(
            "the digest is not that of the open change",
            hint=f"it begins {prompted.digest[:12]}; look before you approve",
        )
    word = "refuse" if refuse else "approve"
    strength, proof = _proof(signature, code)
    if not digest and not signature:
        if not (here.keys and here.at_terminal):
            raise UsageError(
                "an approval without a terminal needs --digest",
                hint=f"--digest {prompted.digest[:12]}, after you have looked",
            )
        typed = click.prompt(f"type `{word}` to {word} it", default="", show_default=False, err=True).strip()
        if typed != word:
            raise Refused("nothing was recorded", hint=f"type the whole word {word}")
    _hold(here, state, prompted, identity, strength, proof)
    event = Answered(
        prompt=prompted.prompt,
        choice="no" if refuse else "yes",
        reason=reason,
        digest=prompted.digest,
        proof=proof,
    )
    done = f"{word}d {prompted.digest[:12]}: {prompted.text}"
    operator = f"the operator ({state.operator.name})"
    return say(here, folder, event, identity, done, output, strength, drives=operator)


def _proof(signature: str | None, code: str) -> tuple[str, str]:
    """Return how the approver shows who they are, and with what; raises UsageError."""
    from engine.kinds.errors import UsageError
    from engine.render.offered import STANDS_FOR

    if signature and code:
        raise UsageError("a signature and a code are two proofs", hint="give one of them")
    if code in STANDS_FOR:
        raise UsageError("CODE stands for the code that was sent to the approver", hint="--code 7K2QM-X91RD")
    if code:
        return "relayed", code
    if not signature:
        return "claimed", ""
    with open(signature, encoding="utf-8", errors="replace") as file:
        text = file.read(20_000)
    if "BEGIN SSH SIGNATURE" not in text:
        raise UsageError(
            f"{signature} is no SSH signature", hint="ssh-keygen -Y sign -n runbook-approval -f KEY FILE"
        )
    return "proved", text


def _hold(here: Here, state: RunState, prompted: Prompted, identity: str, strength: str, proof: str) -> None:
    """Hold a proof against what is known before it is sent; raises Refused. The run does so once more."""
    from engine.app.proving import problem_with_proof
    from engine.kinds.errors import Refused

    problem = problem_with_proof(state, prompted, here.person(identity).name, strength, proof)
    if problem:
        hint = "it may be for an earlier question: sign what `runbook approve --to-sign` prints now"
        raise Refused(f"{problem}; nothing was recorded", hint=hint if strength == "proved" else "")
