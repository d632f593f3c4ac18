"""Weights of Spleeter for the package `earmark`."""

from pathlib import Path

#: Folder with the card and the weights of each network.
FOLDER = Path(__file__).parent / "models"
