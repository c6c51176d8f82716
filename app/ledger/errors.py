"""Why a ledger cannot be followed, and what callers of the service are told."""

from app.errors import TryLater


class LedgerUnfit(Exception):
    """The file cannot be trusted: not a ledger, changed, or of other keys. Says where."""


class LedgerBehind(TryLater):
    status, code, title = 503, "ledger-behind", "The database is not known to follow its erasure ledger"
