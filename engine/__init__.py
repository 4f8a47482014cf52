"""Runbooks as code: one YAML file that is run, documented, drilled and tested."""

__version__ = "0.1.0"
