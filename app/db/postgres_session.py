"""What a session on PostgreSQL asks of its server, and what it can see of the sessions of other processes."""

import os

from app.db.database import PATIENCE

KNOWS_TRANSACTION_TIMEOUT = 17
"""The first PostgreSQL that limits the age of a transaction as such."""
SESSION = {
    "application_name": f"seloste {os.getpid()}",
    "lock_timeout": f"{PATIENCE:.0f}s",
    "idle_in_transaction_session_timeout": f"{PATIENCE:.0f}s",
    "client_connection_check_interval": "5s",
    "tcp_keepalives_idle": "30",
    "tcp_keepalives_interval": "10",
    "tcp_keepalives_count": "3",
}
"""What each session asks of the server, so that a process or machine that has gone holds no lock for long."""

OTHERS = (
    "SELECT EXISTS (SELECT FROM pg_stat_activity WHERE datname = current_database() AND application_name <> $1"
    " AND application_name LIKE 'seloste %' AND state_change > clock_timestamp() - interval '0.1 s')"
)
"""Whether a session of another process has begun or ended a statement a moment ago."""
