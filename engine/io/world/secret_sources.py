"""Where the values of secrets come from: the environment, an env-file, or a program that prints one.

Rules:

1. The environment comes first, wherever the catalogue says a value comes from: when the vault is down at
   three in the morning, `export NAME=…` still works.
2. A program is started once per process, and after a failure not again; what it printed stays in memory.
3. A program gets a list of arguments, never a shell; no standard input; ten seconds. What it says on standard
   error is not read: it may be anything. Its whole session ends with it.
4. `why` is one line without a word of a value.
"""

from __future__ import annotations

import os
import select
import signal
import subprocess
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic
from types import MappingProxyType

from engine.io.world import env_file
from engine.kinds.ports import CannotLook
from engine.model.guards import Credential

SECONDS = 10.0
LONGEST = 65_536
"""Bytes of the longest value a program may print."""
NOWHERE = "it is not in the environment"
_DEFAULT = Credential()


@dataclass(frozen=True, slots=True)
class Found:
    """A value and where it was found, or why it was not."""

    value: str | None = field(default=None, repr=False)
    source: str = ""
    why: str = ""


_PRINTED: dict[tuple[tuple[str, ...], Path], Found] = {}
"""What programs have printed in this process: nobody waits for a vault, or unlocks it, twice."""


class Sources:
    """Reads each value from where the catalogue says it is."""

    def __init__(
        self,
        environ: Mapping[str, str],
        credentials: Mapping[str, Credential] = MappingProxyType({}),
        root: Path = Path(),
        *,
        programs: bool = True,
        seconds: float = SECONDS,
    ) -> None:
        self._environ = environ
        self._credentials = credentials
        self._root = root
        self._programs = programs
        self._seconds = seconds
        self._files: dict[str, env_file.EnvFile | str] = {}

    def __repr__(self) -> str:
        return "Sources(***)"

    def public(self, name: str) -> bool:
        """Say whether a value is declared to be no secret."""
        return self._credentials.get(name, _DEFAULT).public

    def read(self, name: str) -> Found:
        """Return the value, or why there is none."""
        if name in self._environ:
            return Found(self._environ[name], "environment")
        credential = self._credentials.get(name, _DEFAULT)
        found = Found(why=NOWHERE)
        if credential.file:
            found = self._from_file(name, credential.file)
        if found.value is None and credential.command:
            found = self._from_program(credential.command)
        return found

    def load(self, names: Iterable[str]) -> None:
        """Start the programs of several names at once, so that the slowest is all that is waited for."""
        waiting = [
            name
            for name in names
            if self._programs
            and self._credentials.get(name, _DEFAULT).command
            and (self._credentials[name].command, self._root) not in _PRINTED
        ]
        if len(waiting) > 1:
            from concurrent.futures import ThreadPoolExecutor

            with ThreadPoolExecutor(max_workers=8) as pool:
                list(pool.map(self.read, waiting))

    def warnings(self, names: Iterable[str]) -> tuple[str, ...]:
        """Return what is wrong with the files that are read for these names, one line each."""
        files = [self._credentials.get(name, _DEFAULT).file for name in names]
        read = [self._file(file) for file in dict.fromkeys(files) if file]
        return tuple(one.warning for one in read if isinstance(one, env_file.EnvFile) and one.warning)

    def _from_file(self, name: str, file: str) -> Found:
        known = self._file(file)
        if isinstance(known, str):
            return Found(source=file, why=known)
        if name not in known.values:
            return Found(source=file, why=f"{file} has no {name}")
        return Found(known.values[name], file)

    def _file(self, file: str) -> env_file.EnvFile | str:
        if file not in self._files:
            home = self._environ.get("HOME", "")
            path = Path(home) / file[2:] if file.startswith("~/") and home else self._root / file
            try:
                self._files[file] = env_file.read(path, file)
            except CannotLook as error:
                self._files[file] = str(error)
        return self._files[file]

    def _from_program(self, command: tuple[str, ...]) -> Found:
        if not self._programs:
            return Found(source=command[0], why=f"{command[0]} was not asked")
        key = (command, self._root)
        if key not in _PRINTED:
            try:
                _PRINTED[key] = Found(_printed(command, self._environ, self._root, self._seconds), command[0])
            except CannotLook as error:
                _PRINTED[key] = Found(source=command[0], why=str(error))
        return _PRINTED[key]


def _printed(command: tuple[str, ...], environ: Mapping[str, str], root: Path, seconds: float) -> str:
    """Return what a program prints, without its last line break; raises CannotLook."""
    shown = command[0]
    try:
        process = subprocess.Popen(  # noqa: S603  # a list from the catalogue, no shell
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=dict(environ),
            cwd=root,
            start_new_session=True,
        )
    except (OSError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) else "a NUL in its arguments"
        raise CannotLook(f"{shown} cannot be started: {why}") from None
    with process:
        try:
            data = _output(process, seconds)
            code = process.wait(timeout=max(seconds, 1.0))
        except (TimeoutError, subprocess.TimeoutExpired):
            raise CannotLook(f"{shown} did not answer within {seconds:g}s") from None
        except ValueError:
            raise CannotLook(f"{shown} printed more than {LONGEST} bytes") from None
        finally:
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(process.pid, signal.SIGKILL)
    if code:
        raise CannotLook(f"{shown} ended with {code}: run it by hand to see why")
    try:
        text = data.decode()
    except UnicodeDecodeError:
        raise CannotLook(f"{shown} printed something that is no text") from None
    text = text.removesuffix("\n").removesuffix("\r")
    if not text:
        raise CannotLook(f"{shown} printed nothing")
    return text


def _output(process: subprocess.Popen[bytes], seconds: float) -> bytes:
    assert process.stdout is not None  # it was asked for
    end = monotonic() + seconds
    fd = process.stdout.fileno()
    data = b""
    while True:
        ready, _, _ = select.select([fd], [], [], max(end - monotonic(), 0.0))
        if not ready:
            raise TimeoutError
        piece = os.read(fd, LONGEST)
        if not piece:
            return data
        data += piece
        if len(data) > LONGEST:
            raise ValueError
