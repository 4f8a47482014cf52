"""What is proved of a runbook before any incident: over all paths, never by trying some of them."""
