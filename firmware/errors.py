"""What can go wrong between the program and the hardware?"""


class FirmwareError(Exception):
    """The base of everything the firmware raises. Its text is a sentence for the installer."""


class WiringRefused(FirmwareError, ValueError):
    """The pin map cannot be wired: a pin used twice, taken by the HAT, or not on the header."""


class DeviceAbsent(FirmwareError, OSError):
    """A device that was asked for is not there or does not answer."""


class RecordingRefused(FirmwareError, ValueError):
    """A recording of the family cannot be played: damaged, too large or too long."""
