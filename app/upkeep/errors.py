"""Why the step could not clear the files this time; what it had to do stays recorded and is tried again."""


class Blocked(Exception):
    """Something stands in the way; the message says what, and names nobody."""
