"""`python -m engine` is the `runbook` command."""

from engine.cli import main

main()
