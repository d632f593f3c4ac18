"""Worker process of a batch: analyzes the files that a run names on standard input."""

from __future__ import annotations

from ._native import _batch_worker

if __name__ == "__main__":
    _batch_worker()
