"""Exceptions of the package. Each has a message of one line that states what was expected and what was given."""

from __future__ import annotations


class EarmarkError(Exception):
    """Base class of all exceptions of this package."""

    #: What was expected, if that is known apart from the message.
    expected: str | None = None
    #: What was given, if that is known apart from the message.
    got: str | None = None


class ArgumentError(EarmarkError, ValueError):
    """An argument has a value that cannot be used."""


class ArgumentTypeError(ArgumentError, TypeError):
    """An argument has a type that cannot be used."""


class AudioFileError(EarmarkError, OSError):
    """A file cannot be read or decoded."""


class AudioFileNotFoundError(AudioFileError, FileNotFoundError):
    """There is no such file."""


class ModelError(EarmarkError, ValueError):
    """A model is unknown, damaged, or cannot be used in this way."""


class TooShortError(EarmarkError, ValueError):
    """The audio is shorter than one patch of the model."""

    #: Length of one patch in seconds.
    required_s: float
    #: Length of the audio in seconds.
    buffered_s: float


class SilentError(EarmarkError, ValueError):
    """The whole audio is silent, and silence has no such result."""


class OutputError(EarmarkError, OSError):
    """A result cannot be written."""


class BatchError(EarmarkError, RuntimeError):
    """A library cannot be planned or run: the plan is missing or another one, or the output cannot be written."""


class TrainingError(EarmarkError, ValueError):
    """A classifier cannot be trained from these tracks."""
