"""A program as kinds see it: what an author may write, and the request it makes.

Rules, each of them a way in that was used elsewhere (reliability T1 to T3, T10, T13):

1. Arguments are a list. A reference fills an argument or a part of one and never makes two; the program
   itself is written out.
2. A value that came in by reference may not become an option: an argument that *begins* with a reference is
   refused when what stands there then begins with `-`, unless the author wrote `--` before it. Which those
   are is noted when the file is read (`from_data`), for later only values stand there.
3. What a shell or an interpreter reads as code holds no reference: values go to it by `env` or as arguments.
4. Names that change how a program itself is loaded are not set; names of our own neither.
5. Secrets go by `env` and `stdin` only: any user of the machine can read arguments.
"""

from __future__ import annotations

import json as json_text
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any, Final, Self, TypeAlias

from engine.kinds.by_hand import quoted, word
from engine.kinds.ports import CommandRequest
from engine.kinds.values import text_schema

_KEPT: Final = 4_900_000  # bytes of each stream: both fit into one piece of evidence
_NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z")
_SECRET: Final = re.compile(r"\$\{\s*secrets\.")
_LOADERS: Final = re.compile(
    r"(?:LD_|DYLD_|BASH_FUNC_|PYTHON|PERL5|RUBY|GCONV_|NODE_(?:OPTIONS|PATH)$|JAVA_TOOL_OPTIONS$|_JAVA_OPTIONS$"
    r"|(?:PATH|ENV|BASH_ENV|IFS|CDPATH|PS4|SHELLOPTS|BASHOPTS|PROMPT_COMMAND|GIT_EXEC_PATH)$)",
    re.IGNORECASE,
)
_OURS: Final = frozenset(("RB_COMMAND", "RB_RUN", "RB_STEP"))
_SHELLS: Final = frozenset(("sh", "bash", "dash", "zsh", "ksh", "mksh", "ash", "fish", "busybox"))
_READERS: Final = re.compile(
    r"(?:python|node|nodejs|perl|ruby|php|lua|deno|bun|osascript|psql|sqlite)[\d.]*\Z"
)
_CODE: Final = re.compile(r"-[A-Za-z]*[cepErR]|--(?:eval|print|command|execute)(?:=.*)?", re.DOTALL)
"""Options after which such a program reads code, with others of one letter before them (`-lc`)."""
_SCRIPT: Final = re.compile(r"/|\.(?:py|js|mjs|cjs|ts|pl|rb|php|lua|sh)\Z")


class Argument(str):
    """One argument: a text; numbers and truth values are written out, a list never becomes several."""

    __slots__ = ()

    @classmethod
    def parse(cls, data: object) -> Self:
        """Read one argument; raises ValueError."""
        if isinstance(data, str):
            return cls(data)
        if isinstance(data, (bool, int, float)):
            return cls(json_text.dumps(data))
        what = "nothing" if data is None else "a mapping" if isinstance(data, Mapping) else "a list"
        raise ValueError(f"an argument is one text, not {what}: name the one value in it")

    @classmethod
    def __get_pydantic_core_schema__(cls, source: object, handler: object) -> dict[str, Any]:
        return text_schema(cls.parse)

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: object, handler: object) -> dict[str, Any]:
        return {"type": ["string", "number", "boolean"]}


Command: TypeAlias = "tuple[Argument, ...] | str"


@dataclass(frozen=True, slots=True, kw_only=True)
class Invocation:
    """The fields that a check and an action have in common."""

    command: Command
    shell: bool
    cwd: str
    env: Mapping[str, Argument] = field(default_factory=dict)
    stdin: str = ""
    script: str = ""
    script_sha256: str = ""
    leaves_running: bool = False

    def accepted(self, from_data: tuple[int, ...]) -> tuple[int, ...]:
        """Return which arguments begin with a reference, those known before included; raises ValueError."""
        for name in self.env:
            if why := reserved(name):
                raise ValueError(why)
        if isinstance(self.command, str) or self.shell:
            self._shell_line()
            return ()
        self._arguments()
        known = {number for number, one in enumerate(self.command) if one.startswith("${")}
        outside = tuple(sorted(known | set(from_data)))
        open_until = next(
            (n for n, one in enumerate(self.command) if one == "--" and n not in outside), len(self.command)
        )
        for number in outside:
            if number < open_until and self.command[number].startswith("-"):
                raise ValueError(
                    f"argument {number} came from outside and begins with '-', so it would be an option: "
                    "write '--' before it where the program knows that, or check the value"
                )
        return outside

    def request(self, timeout: float) -> CommandRequest:
        """Return what the world is asked."""
        return CommandRequest(
            argv=self.words(),
            shell=self.shell,
            env=dict(self.env),
            cwd=self.cwd,
            stdin=self.stdin.encode("utf-8", "replace"),
            timeout=timeout,
            max_bytes=_KEPT,
            script=self.script,
            script_sha256=self.script_sha256,
            leaves_running=self.leaves_running,
        )

    def words(self) -> tuple[str, ...]:
        """Return program and arguments; of a line for the shell, the line."""
        return (self.command,) if isinstance(self.command, str) else tuple(map(str, self.command))

    def program(self) -> str:
        """Return the program's name."""
        return "sh" if self.shell else next(iter(self.words()), "")

    def by_hand(self) -> str:
        """Return the line for a shell, with the environment before it; secrets are `$NAME`."""
        setting = [f"{name}={word(value)}" for name, value in self.env.items()]
        if self.shell:
            typed = ["sh -c", quoted(self.words()[0])]
        else:
            first, *rest = self.words()
            typed = [quoted(first) if "=" in first else word(first), *map(word, rest)]
        line = " ".join([*setting, *typed])
        if self.stdin:
            line = f"printf %s {quoted(self.stdin)} | {line}"
        return f"(cd {word(self.cwd)} && {line})" if self.cwd else line

    def _shell_line(self) -> None:
        if not self.shell:
            raise ValueError(
                f"{self.command!r} is one text: write a list, [program, argument], "
                "or say 'shell: true' where a shell must read it"
            )
        if not isinstance(self.command, str) or not self.command.strip():
            raise ValueError("a command with 'shell: true' is one text: write the line as you would type it")
        if "${" in self.command:
            raise ValueError(
                "a line for the shell holds no ${…}, since what comes in would be run: "
                "pass the value by 'env' and write \"$NAME\""
            )
        if self.script:
            raise ValueError("'script' goes with a list: write [path of the script, argument]")

    def _arguments(self) -> None:
        words = self.words()
        if not words or not words[0].strip():
            raise ValueError("'command' names no program: write [program, argument]")
        if "${" in words[0]:
            raise ValueError("the program is written out, never taken from a value: write its name")
        if any(_SECRET.search(one) for one in words):
            raise ValueError(
                "a secret may not be an argument, any user of the machine can read those: "
                "pass it by 'env' or 'stdin'"
            )
        if words[0].rpartition("/")[2] in _SHELLS and any(_CODE.fullmatch(one) for one in words[1:]):
            raise ValueError(
                f"{words[0]} with a line of its own is a shell: "
                "write 'command: the line' with 'shell: true', or start the program itself"
            )
        self._no_code(words)
        if self.script and "${" not in self.script and self.script not in words:
            raise ValueError(f"'script' is not among the arguments: write {self.script} in 'command', too")

    def _no_code(self, words: tuple[str, ...]) -> None:
        """Refuse a reference in what an interpreter reads as code, up to the script it is given."""
        reader = ""
        for before, one in pairwise(words):
            base = before.rpartition("/")[2]
            if base in _SHELLS or _READERS.match(base):
                reader = base
            if not reader:
                continue
            if "${" in one and (_CODE.fullmatch(before) or ("=" in one and _CODE.fullmatch(one))):
                raise ValueError(
                    f"code for {reader} holds no ${{…}}, since what comes in would be run: "
                    "pass the value by 'env' or as a further argument"
                )
            if not one.startswith("-") and (_SCRIPT.search(one) or base == reader):
                reader = ""


def reserved(name: str) -> str:
    """Return why a variable of this name may not be set, empty when it may."""
    if not _NAME.match(name):
        return f"{name!r} is no name of a variable: write letters, digits and _"
    if _LOADERS.match(name):
        return f"{name} changes how programs themselves are loaded: it cannot be set here"
    return f"{name} is set by the engine: choose another name" if name in _OURS else ""
