"""What can keep the demo from being shown?"""

from controller.errors import ControllerError


class CannotStage(ControllerError):
    """Something the demo needs is not there. The text is a sentence for the person at the terminal."""


class ChapterMissing(ControllerError):
    """The evidence of a chapter did not come in time. The text says what was waited for."""
