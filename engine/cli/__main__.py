"""`python -m engine.cli` is the `runbook` command, where no script is on the path."""

from __future__ import annotations

import sys

from engine.cli import main

sys.exit(main())
