"""A real PostgreSQL for the sandbox, where this machine has one: its own data folder, loopback, gone
afterwards.

The server refuses to be root, so for root it runs as `postgres` or `nobody`, in a folder of its own below
the system's temporary one (no other could be entered). It is our child, in our process group: who ends the
sandbox ends it, and where `setpriv` is there even a killed sandbox takes it along.
"""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Final

HOST: Final = "127.0.0.1"
USER: Final = "sandbox"
PASSWORD: Final = "sandbox"  # noqa: S105  # of a server that only this machine reaches, with made-up data
NONE_FOUND: Final = "no PostgreSQL on this machine (initdb, postgres): sandbox.postgres has no address"
_SECONDS: Final = 30.0
_PREFIX: Final = "sandbox-postgres-"
_FORGOTTEN: Final = 3600.0
_PLACES: Final = (
    "/usr/lib/postgresql/*/bin",
    "/usr/pgsql-*/bin",
    "/opt/homebrew/opt/postgresql*/bin",
    "/usr/local/opt/postgresql*/bin",
)
_SETTINGS: Final = {
    "listen_addresses": HOST,
    "unix_socket_directories": "",
    "fsync": "off",
    "full_page_writes": "off",
    "max_connections": "20",
    "shared_buffers": "16MB",
    "dynamic_shared_memory_type": "mmap",
    "log_min_messages": "fatal",
}


class NoPostgres(Exception):
    """There is none, or it did not start; the message is one line."""


def programs() -> Path | None:
    """Return the folder with initdb and postgres, the newest version there is."""
    found = shutil.which("initdb")
    folders = [Path(found).resolve().parent] if found else []
    for place in _PLACES:
        root, pattern = place[: place.index("*")].rpartition("/")[::2]
        folders += Path(root).glob(f"{pattern}{place[place.index('*') :]}")
    usable = [folder for folder in folders if (folder / "initdb").exists() and (folder / "postgres").exists()]
    return max(usable, key=_version, default=None)


class PostgresServer:
    """One server; `start` and `stop` block."""

    def __init__(self, folder: Path, settings: Sequence[str] = ()) -> None:
        self._folder = folder
        self._settings = settings
        self._process: subprocess.Popen[bytes] | None = None
        self._temporary: Path | None = None
        self.port = 0

    @property
    def dsn(self) -> str:
        """Return the address."""
        return self.address(self.port)

    def address(self, port: int) -> str:
        """Return the address behind another port that leads here."""
        return f"postgresql://{USER}:{PASSWORD}@{HOST}:{port}/postgres"

    @property
    def pid(self) -> int:
        """Return the process id of the running server."""
        if self._process is None:
            raise NoPostgres("PostgreSQL is not running")
        return self._process.pid

    def start(self, schema: str = "") -> None:
        """Make a fresh server, run the statements of `schema`; raises NoPostgres."""
        bin_folder = programs()
        if bin_folder is None:
            raise NoPostgres(NONE_FOUND)
        user = _unprivileged()
        try:
            data = self._data(user)
            self._make(bin_folder, data, user)
            self._launch(bin_folder, data, user)
            if schema:
                self._ask(bin_folder, schema)
        except (OSError, subprocess.SubprocessError) as error:
            self.stop()
            said = getattr(error, "stderr", b"") or str(error).encode()
            last = said.decode("utf-8", "replace").strip().splitlines()[-1:]
            raise NoPostgres(f"PostgreSQL did not start: {''.join(last)}") from None
        except NoPostgres:
            self.stop()
            raise

    def stop(self) -> None:
        """End the server and remove its data."""
        process, self._process = self._process, None
        if process is not None and process.poll() is None:
            process.send_signal(3)  # SIGQUIT: at once; there is nothing to keep
            try:
                process.wait(5)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        shutil.rmtree(self._temporary or self._folder / "data", ignore_errors=True)

    def _data(self, user: pwd.struct_passwd | None) -> Path:
        if user is None:
            self._folder.mkdir(parents=True, exist_ok=True)
            data = self._folder / "data"
            shutil.rmtree(data, ignore_errors=True)
            return data
        for left in Path(tempfile.gettempdir()).glob(f"{_PREFIX}*"):  # of a sandbox that was killed
            age = time.time() - left.stat().st_mtime
            if age > _FORGOTTEN and not (left / "data" / "postmaster.pid").exists():
                shutil.rmtree(left, ignore_errors=True)
        self._temporary = Path(tempfile.mkdtemp(prefix=_PREFIX))
        os.chown(self._temporary, user.pw_uid, user.pw_gid)
        return self._temporary / "data"

    def _make(self, bin_folder: Path, data: Path, user: pwd.struct_passwd | None) -> None:
        secret = data.parent / "password"
        secret.write_text(PASSWORD, encoding="utf-8")
        if user is not None:
            os.chown(secret, user.pw_uid, user.pw_gid)
        options = ["--no-sync", "--auth=scram-sha-256", "--encoding=UTF8", "--locale=C", f"--username={USER}"]
        command = [str(bin_folder / "initdb"), "-D", str(data), *options, f"--pwfile={secret}"]
        subprocess.run(  # noqa: S603  # a program of the system, arguments are ours
            _as(user, command), check=True, capture_output=True, cwd=data.parent, timeout=_SECONDS, env=_ENV
        )
        secret.unlink()

    def _launch(self, bin_folder: Path, data: Path, user: pwd.struct_passwd | None) -> None:
        with socket.socket() as probe:
            probe.bind((HOST, 0))
            self.port = probe.getsockname()[1]
        command = [str(bin_folder / "postgres"), "-D", str(data), "-p", str(self.port)]
        for name, value in _SETTINGS.items():
            command += ["-c", f"{name}={value}"]
        for setting in self._settings:
            command += ["-c", setting]
        log = data.parent / "postgres.log"
        with log.open("wb") as out:
            self._process = subprocess.Popen(  # noqa: S603  # as above
                _as(user, command, until_we_end=True),
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=out,
                cwd=data.parent,
                env=_ENV,
            )
        end = time.monotonic() + _SECONDS
        while not self._listens(data):
            if self._process.poll() is not None or time.monotonic() > end:
                words = log.read_text(encoding="utf-8", errors="replace").strip().splitlines()
                raise NoPostgres(f"PostgreSQL did not start: {words[-1] if words else 'it said nothing'}")
            time.sleep(0.02)

    def _listens(self, data: Path) -> bool:
        """Say whether it is ready, as it writes itself into its lock file."""
        try:
            lines = (data / "postmaster.pid").read_text(encoding="utf-8").splitlines()
        except OSError:
            return False
        return len(lines) >= 8 and lines[7].strip() == "ready"

    def _ask(self, bin_folder: Path, schema: str) -> None:
        psql = shutil.which("psql") or str(bin_folder / "psql")
        subprocess.run(  # noqa: S603  # as above
            [psql, self.dsn, "-X", "-q", "-v", "ON_ERROR_STOP=1", "-f", "-"],
            input=schema.encode(),
            check=True,
            capture_output=True,
            timeout=_SECONDS,
            env=_ENV,
        )


_ENV: Final = {"PATH": "/usr/bin:/bin", "LC_ALL": "C"}  # ours may hold secrets


def _unprivileged() -> pwd.struct_passwd | None:
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    raise NoPostgres("PostgreSQL refuses to run as root, and there is no user postgres or nobody")


def _as(user: pwd.struct_passwd | None, command: list[str], *, until_we_end: bool = False) -> list[str]:
    setpriv = shutil.which("setpriv")
    if user is None and not (until_we_end and setpriv):
        return command
    if setpriv is None:
        runuser = shutil.which("runuser")
        if runuser is None or user is None:
            raise NoPostgres("PostgreSQL refuses to run as root, and there is no setpriv or runuser")
        return [runuser, "-u", user.pw_name, "--", *command]
    who = [f"--reuid={user.pw_uid}", f"--regid={user.pw_gid}", "--clear-groups"] if user else []
    return [setpriv, *who, *(["--pdeathsig=QUIT"] if until_we_end else []), "--", *command]


def _version(folder: Path) -> float:
    digits = "".join(mark for mark in folder.parent.name if mark.isdigit() or mark == ".")
    try:
        return float(digits)
    except ValueError:
        return 0.0
