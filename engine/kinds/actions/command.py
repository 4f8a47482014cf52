"""A program that changes something."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar, Literal

from engine.kinds import program, program_end
from engine.kinds.action import Action
from engine.kinds.ports import CommandReply, World
from engine.kinds.verdicts import Performed


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandAction(Action):
    """Run a program on this machine; the expected exit code means done, any other means failed.

    A program that was ended, by us at the deadline or by a signal, may have done its work or half of it:
    unknown. A shell reports a signal as 128 and its number, so that exit codes 129 to 159 count as one.
    """

    kind: ClassVar[str] = "command"
    example: ClassVar[str] = "{command: [npx, supabase, start], operation: start-database, timeout: 5m}"

    command: tuple[program.Argument, ...] | str
    """Program and arguments, `[npx, supabase, start]`; one text with `shell: true` only."""
    shell: bool = False
    """A shell reads the line; it holds no `${…}`, and policy must allow it."""
    cwd: str = ""
    """The folder to start in, seen from the workspace."""
    env: Mapping[str, program.Argument] = field(default_factory=dict)
    """Variables for the program beside a few of ours; may hold `${secrets.NAME}`."""
    stdin: str = ""
    """What the program reads; nothing at all where it is empty. May hold `${secrets.NAME}`."""
    exit: int | tuple[int, ...] = 0
    """The exit code that means done, or several."""
    parse: Literal["text", "json", "lines"] = "text"
    """What stdout is read as, for the facts `json` and `lines`."""
    script: str = ""
    """A file of the workspace among the arguments; a copy of what is hashed is what runs, in a folder of its
    own: it reaches files beside it by their path from `cwd`, not by `$0`."""
    script_sha256: str = ""
    """The hash it must have, or nothing is started."""
    leaves_running: bool = False
    """What the program starts is meant to stay, as a restart by hand does. Without it, everything that the
    program left behind is ended with it, and the action has failed."""
    from_data: tuple[int, ...] = ()
    """Noted by the engine, not written: the arguments that begin with a reference (the first is 1)."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "from_data", self._invocation().accepted(self.from_data))

    async def perform(self, world: World, timeout: float) -> Performed:
        """Run it once; raises CannotLook when it cannot be started."""
        reply = await world.commands.run(self._invocation().request(timeout))
        outcome = self._outcome(reply)
        return Performed(
            outcome,
            program_end.late(self._invocation().program(), reply, timeout)
            if reply.ended == "timeout"
            else program_end.summary(reply) + self._ended_with_it(reply),
            {} if reply.ended == "timeout" else program_end.facts(reply, self.parse),
            reply.seconds,
            program_end.body(reply),
        )

    def by_hand(self) -> str:
        """Return the line for a shell."""
        return self._invocation().by_hand()

    def target(self) -> str:
        """Return the program."""
        return self._invocation().program()

    def _ended_with_it(self, reply: CommandReply) -> str:
        """Say that what it was to start does not run, and how to let it."""
        if not reply.left_behind:
            return ""
        return (
            f"; what it left running was ended with it ({reply.left_behind}): start a service by its "
            "supervisor, or write 'leaves_running: true'"
        )

    def _outcome(self, reply: CommandReply) -> Literal["done", "failed", "unknown"]:
        good = self.exit if isinstance(self.exit, tuple) else (self.exit,)
        if reply.ended == "timeout" or reply.exit < 0:
            return "unknown"
        if reply.exit in good:
            return "failed" if reply.left_behind else "done"
        return "unknown" if 128 < reply.exit < 160 else "failed"

    def _invocation(self) -> program.Invocation:
        return program.Invocation(
            command=self.command,
            shell=self.shell,
            cwd=self.cwd,
            env=self.env,
            stdin=self.stdin,
            script=self.script,
            script_sha256=self.script_sha256,
            leaves_running=self.leaves_running,
        )
