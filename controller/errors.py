"""What can stop the controller, and what is said about it?"""


class ControllerError(Exception):
    """The base of everything the controller raises. Its text is a sentence for the installer."""


class ConfigRefused(ControllerError, ValueError):
    """The configuration file is missing, malformed, or asks for something that cannot be."""


class CalibrationRefused(ControllerError, ValueError):
    """A sensor cannot be calibrated so: it is not steady, or the reference cannot be meant."""


class CannotRecord(ControllerError, OSError):
    """The outbox could not commit, not even with the room its ballast gave back."""


class OutputLost(ControllerError, OSError):
    """What was asked for cannot be written to standard output."""


class ReplayRefused(ControllerError, ValueError):
    """A line of recorded input cannot be replayed. The text starts with its line number."""
