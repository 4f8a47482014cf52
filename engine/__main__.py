"""`python -m engine` is the `runbook` command."""

import sys

from engine.cli import main

sys.exit(main())
