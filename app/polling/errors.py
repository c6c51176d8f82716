"""Why a reading does not begin or go on; what was committed stays."""

from app.errors import Conflict


class PollRunning(Conflict):
    code, title = "poll-running", "Another process is reading this at the recipient"


class PollLost(Conflict):
    code, title = "poll-lost", "Another process has taken this reading over"
