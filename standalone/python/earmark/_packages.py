"""Installed packages of models, which are found through their entry points."""

from __future__ import annotations

from importlib.metadata import entry_points


def folders(group: str) -> list[str]:
    """Return the folders of the packages with an entry point in a group, by the names of the entry points."""
    found = sorted(entry_points(group=group), key=lambda entry: entry.name)
    return [str(entry.load()) for entry in found]
