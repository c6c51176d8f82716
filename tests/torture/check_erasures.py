"""An erasure is carried out whole, or it has not begun."""

from collections.abc import Iterator

from tests.torture.check_projections import standing
from tests.torture.facts import Facts, Row, plain

SHELL = frozenset({"id", "version", "created_at", "updated_at", "erased_at", "erasure_request_id"})
OWNED = ("purchases", "bookings", "consent_states", "customer_references", "customer_proposals")
TABLES = {"purchase": "purchases", "booking": "bookings", "voucher": "vouchers"}


def _of(facts: Facts, table: str, column: str, name: str) -> list[Row]:
    return [row for row in facts[table] if row[column] == name]


def _erasures(facts: Facts) -> list[Row]:
    return [row for row in facts["subject_requests"] if row["right"] == "erasure"]


def carried_out(facts: Facts) -> Iterator[str]:
    """Each executed erasure: once on record and on trail, sealed, restrictions lifted, every verdict carried out."""
    customers = {row["id"]: row for row in facts["customers"]}
    asked = set()
    for request in _erasures(facts):
        if request["state"] not in {"executing", "completed"}:
            continue
        asked.add(request["customer_id"])
        customer = customers[request["customer_id"]]
        yield from _on_record(facts, request)
        yield from _verdicts(facts, request, customer)
        yield from _shell(facts, customer) if customer["erased_at"] else _kept(facts, customer)
        yield from _suppressed(facts, request)
    for row in customers.values():
        if row["erased_at"] is not None and row["id"] not in asked:
            yield f"customer {row['id']} is erased though nobody decided it"


def _on_record(facts: Facts, request: Row) -> Iterator[str]:
    name = request["id"]
    executed = [row for row in _of(facts, "request_events", "request_id", name) if row["kind"] == "executed"]
    trail = [r for r in facts["audit_events"] if r["action"] == "execute" and plain(r["entity_id"]) == name]
    if (len(executed), len(trail)) != (1, 1) or request["executed_at"] is None:
        yield f"erasure {name} is executed {len(executed)} times on record and {len(trail)} times on the trail"
    if not any(row["addressee"] == "letter" for row in _of(facts, "envelopes", "request_id", name)):
        yield f"erasure {name} has no envelope for the letter"
    if not _of(facts, "notifications", "request_id", name):
        yield f"erasure {name} tells no recipient"
    restricted = _of(facts, "restrictions", "request_id", name)
    if any(row["ground"] == "erasure_pending" and row["lifted_at"] is None for row in restricted):
        yield f"erasure {name} is executed and still pending"
    if request["claimed_identity"] is not None or request["details"] is not None:
        yield f"erasure {name} keeps what the person wrote"


def _verdicts(facts: Facts, request: Row, customer: Row) -> Iterator[str]:
    """Rows are gone or restricted as the last binding verdict says."""
    binding: dict[str, Row] = {}
    for verdict in sorted(_of(facts, "verdicts", "request_id", request["id"]), key=lambda row: row["id"]):
        if verdict["purpose"] == "":
            binding[verdict["holding"]] = verdict
    if not binding:
        yield f"erasure {request['id']} has no verdicts"
    for holding, verdict in binding.items():
        kind, _, name = holding.partition(":")
        if kind not in TABLES:
            continue
        rows = _of(facts, TABLES[kind], "id", plain(name))
        if bool(rows) != (verdict["verdict"] != "erase"):
            yield f"{holding} should {verdict['verdict']}, and {len(rows)} rows are there"
        if kind == "voucher" and rows:
            row = rows[0]
            if row["restricted_at"] is None or row["retain_until"] != verdict["until"]:
                yield f"{holding} is kept without its restriction or its date"


def _shell(facts: Facts, customer: Row) -> Iterator[str]:
    """Nothing of the person is left but the shell, a tombstone for each address, and proofs and vouchers kept."""
    name = customer["id"]
    for table in OWNED:
        if _of(facts, table, "customer_id", name):
            yield f"the shell {name} owns rows of {table}"
    filled = [column for column, value in customer.items() if value is not None and column not in SHELL]
    if filled:
        yield f"the shell {name} still has {', '.join(filled)}"
    kinds = {row["kind"] for row in _of(facts, "tombstones", "customer_id", name)}
    if not kinds >= {"reference", "email"}:
        yield f"the shell {name} has tombstones only of {sorted(kinds)}"
    if any(row["lifted_at"] is None for row in _of(facts, "restrictions", "customer_id", name)):
        yield f"the shell {name} is still restricted"


def _suppressed(facts: Facts, request: Row) -> Iterator[str]:
    """Marketing consents that stood at the erasure became suppressions in the same transaction."""
    at = request["executed_at"]
    made = {(r["purpose"], r["channel"]) for r in facts["suppression_events"] if r["since"] == r["recorded_at"] == at}
    before = [e for e in _of(facts, "consent_events", "customer_id", request["customer_id"]) if e["recorded_at"] < at]
    for (_, purpose, channel), event in standing(before).items():
        if event["action"] == "given" and (purpose, channel) not in made:
            yield f"erasure {request['id']} left no suppression for {purpose} by {channel}"


def _kept(facts: Facts, customer: Row) -> Iterator[str]:
    """A person whom an open matter keeps is restricted and remembered, with every reference."""
    restricted = _of(facts, "restrictions", "customer_id", customer["id"])
    if not any(row["ground"] == "retention" and row["lifted_at"] is None for row in restricted):
        yield f"customer {customer['id']} is kept without its restriction"
    if customer["erasure_request_id"] is None or customer["name"] is None:
        yield f"customer {customer['id']} is kept by halves"
    if _of(facts, "tombstones", "customer_id", customer["id"]):
        yield f"customer {customer['id']} lives and has tombstones"


def not_begun(facts: Facts) -> Iterator[str]:
    """A decided erasure restricts everything and has its verdicts; before execution nothing of it has begun."""
    living = {row["id"] for row in facts["customers"] if row["erased_at"] is None}
    for request in _erasures(facts):
        name = request["id"]
        sealed = [*_of(facts, "envelopes", "request_id", name), *_of(facts, "notifications", "request_id", name)]
        pending = [r for r in _of(facts, "restrictions", "request_id", name) if r["ground"] == "erasure_pending"]
        if request["state"] == "decided":
            if not pending or any(row["lifted_at"] for row in pending):
                yield f"erasure {name} is decided and its person not restricted"
            if not _of(facts, "verdicts", "request_id", name):
                yield f"erasure {name} is decided without verdicts"
        if request["state"] in {"received", "in_review"} and pending:
            yield f"erasure {name} is not decided and its person restricted"
        if request["state"] in {"received", "in_review", "decided"}:
            if sealed:
                yield f"erasure {name} is not executed and has envelopes or notifications"
            if request["customer_id"] not in living:
                yield f"erasure {name} is not executed and its person gone"
