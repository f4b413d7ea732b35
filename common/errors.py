"""Errors for the person at the keyboard: shown as one message, without a traceback."""


class PodiumError(Exception):
    """Something the user can mend; the message says what and how."""


class ConfigError(PodiumError, ValueError):
    """A setting that does not exist or cannot hold the given value."""


class DataError(PodiumError, ValueError):
    """Official files that are missing or not as the organisers describe them."""


class RunError(PodiumError, RuntimeError):
    """A run's folder that cannot be used."""


class SubmissionError(PodiumError, ValueError):
    """A submission that breaks the contest's rules."""
