"""Weights of TempoCNN for the package `earmark`."""

from pathlib import Path

#: Folder with a folder for each network, with card and weights.
FOLDER = Path(__file__).parent / "models"
