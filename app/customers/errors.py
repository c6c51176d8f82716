"""Refusals about customers, purchases, vouchers and bookings."""

from typing import Any

from app.errors import Conflict, Forbidden, Gone, NotFound, PreconditionFailed, PreconditionRequired, Unprocessable


class CustomerNotFound(NotFound):
    code, title = "customer-not-found", "There is no such customer among those this client may see"


class CustomerErased(Gone):
    code, title = "customer-erased", "The person's data has been erased (Art. 17)"


class OlderThanErasure(Gone):
    code, title = "older-than-erasure", "The person was erased after this interaction; old data does not come back"


class Restricted(Conflict):
    code, title = "restricted", "Processing is restricted (Art. 18); this purpose may not use the data"


class ReferenceTaken(Conflict):
    code, title = "reference-taken", "The reference belongs to another customer"


class SystemNotOwned(Forbidden):
    code, title = "system-not-owned", "The reference system belongs to another integration"


class CustomerInvalid(Unprocessable):
    code, title = "customer-invalid", "The register does not take this customer as sent"


class CustomerStale(PreconditionFailed):
    pass


class CustomerIfMatchNeeded(PreconditionRequired):
    pass


class ProposalNotFound(NotFound):
    code, title = "proposal-not-found", "There is no such proposal waiting"


class OrderTaken(Conflict):
    code, title = "order-taken", "The order or booking belongs to another customer"


class VoucherImmutable(Conflict):
    code, title = "voucher-immutable", "A voucher is kept as printed; send a correcting voucher that names it"


class VoucherNotFound(NotFound):
    code, title = "voucher-not-found", "There is no such voucher"


def invalid(pointer: str, detail: str, **more: Any) -> CustomerInvalid:
    """A `CustomerInvalid` that names the member."""
    return CustomerInvalid(errors=[{"detail": detail, "pointer": pointer, **more}])
