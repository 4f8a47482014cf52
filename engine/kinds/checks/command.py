"""A program that changes nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import ClassVar, Literal

from engine.kinds import program, program_end
from engine.kinds.check import Check
from engine.kinds.ports import World
from engine.kinds.values import Json
from engine.kinds.verdicts import Observation


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandCheck(Check):
    """Run a program on this machine and look at its exit code and what it prints."""

    kind: ClassVar[str] = "command"
    example: ClassVar[str] = (
        "{command: [npx, supabase, status], read_only_because: it prints the status, expect: {exit: 0}}"
    )
    fact_names: ClassVar[Mapping[str, str]] = MappingProxyType(program_end.COMMAND_FACTS)
    default_expect: ClassVar[Mapping[str, Json]] = MappingProxyType({"exit": 0})

    command: tuple[program.Argument, ...] | str
    """Program and arguments, `[npx, supabase, status]`; one text with `shell: true` only."""
    shell: bool = False
    """A shell reads the line; it holds no `${…}`, and policy must allow it."""
    cwd: str = ""
    """The folder to start in, seen from the workspace."""
    env: Mapping[str, program.Argument] = field(default_factory=dict)
    """Variables for the program beside a few of ours; may hold `${secrets.NAME}`."""
    stdin: str = ""
    """What the program reads; nothing at all where it is empty. May hold `${secrets.NAME}`."""
    parse: Literal["text", "json", "lines"] = "text"
    """What stdout is read as, for the facts `json` and `lines`."""
    script: str = ""
    """A file of the workspace among the arguments; a copy of what is hashed is what runs."""
    script_sha256: str = ""
    """The hash it must have, or nothing is started."""
    read_only_because: str = ""
    """Why the program changes nothing; required."""
    from_data: tuple[int, ...] = ()
    """Noted by the engine, not written: the arguments that begin with a reference (the first is 1)."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "from_data", self._invocation().accepted(self.from_data))
        if not self.read_only_because.strip():
            raise ValueError(
                f"a check that runs {self._invocation().program()} needs 'read_only_because': "
                "say why it changes nothing, or make it an action"
            )

    async def observe(self, world: World, timeout: float) -> Observation:
        """Run it once."""
        reply = await world.commands.run(self._invocation().request(timeout))
        if reply.ended == "timeout":
            return Observation(
                seconds=reply.seconds,
                body=program_end.body(reply),
                no_answer="timeout",
                summary=program_end.late(self._invocation().program(), reply, timeout),
            )
        facts = program_end.facts(reply, self.parse)
        return Observation(facts, reply.seconds, program_end.body(reply), summary=program_end.summary(reply))

    def by_hand(self) -> str:
        """Return the line for a shell."""
        return self._invocation().by_hand()

    def target(self) -> str:
        """Return the program."""
        return self._invocation().program()

    def _invocation(self) -> program.Invocation:
        return program.Invocation(
            command=self.command,
            shell=self.shell,
            cwd=self.cwd,
            env=self.env,
            stdin=self.stdin,
            script=self.script,
            script_sha256=self.script_sha256,
        )
