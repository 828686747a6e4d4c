"""What can be wrong with something that crosses the wire?"""


class WireError(Exception):
    """The base of everything the wire refuses."""


class Malformed(WireError, ValueError):
    """A message, file line or instant does not have the form the wire demands.

    The text is one clear sentence that names the place inside the message.
    """
