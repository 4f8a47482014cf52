"""A real Prometheus for the whole session, which scrapes itself."""

from __future__ import annotations

import json
import os
import pwd
import socket
import subprocess
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.needs import program
from tests.patience import PATIENCE

_CONFIG = """
global: {{scrape_interval: 250ms, scrape_timeout: 200ms}}
scrape_configs:
  - job_name: itself
    static_configs: [{{targets: ['127.0.0.1:{port}']}}]
  - job_name: nobody
    static_configs: [{{targets: ['127.0.0.1:1']}}]
"""


@pytest.fixture(scope="session")
def prometheus() -> Iterator[str]:
    """Return its base address, once it has scraped; it is stopped at the end."""
    binary = program("prometheus")
    # Not below pytest's own folder: nobody but its user may pass there, and Prometheus is not run as root.
    with tempfile.TemporaryDirectory(prefix="prometheus-", ignore_cleanup_errors=True) as name:
        yield from _running(binary, Path(name))


def _running(binary: str, folder: Path) -> Iterator[str]:
    port = _free_port()
    config = folder / "prometheus.yml"
    config.write_text(_CONFIG.format(port=port))
    command = [
        binary,
        f"--config.file={config}",
        f"--storage.tsdb.path={folder / 'data'}",
        f"--web.listen-address=127.0.0.1:{port}",
        "--log.level=error",
    ]
    user = _unprivileged(folder)
    with (folder / "log").open("wb") as log:
        running = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=folder, user=user
        )
    base = f"http://127.0.0.1:{port}"
    try:
        _wait(running, base, folder / "log")
        yield base
    finally:
        running.terminate()
        try:
            running.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            running.kill()
            running.wait()


def _unprivileged(folder: Path) -> int | None:
    """Return whom it runs as: not as root; the folder is theirs then."""
    if os.geteuid() != 0:
        return None
    nobody = pwd.getpwnam("nobody")
    (folder / "data").mkdir()
    for path in (folder, folder / "data"):
        os.chown(path, nobody.pw_uid, nobody.pw_gid)
    return nobody.pw_uid


def _wait(running: subprocess.Popen[bytes], base: str, log: Path) -> None:
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end and running.poll() is None:
        try:
            with urllib.request.urlopen(f"{base}/api/v1/query?query=up", timeout=PATIENCE) as reply:
                if len(json.load(reply)["data"]["result"]) == 2:
                    return
        except (OSError, ValueError, KeyError):
            pass
        time.sleep(0.1)
    raise RuntimeError(f"Prometheus did not come up: {log.read_text(errors='replace')[-500:]}")


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
        return port
