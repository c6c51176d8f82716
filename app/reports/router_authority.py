"""Everything that a supervisory authority asks for, in one download (Art. 31)."""

from typing import Annotated

from fastapi import APIRouter
from fastapi.responses import StreamingResponse

from app.access.router import sent
from app.auth.roles import Scope
from app.register.deps import allowed
from app.register.operation import Operation
from app.reports import authority

router = APIRouter(prefix="/v1/authority-file", tags=["reports"])

Exporting = Annotated[Operation, allowed(Scope.PROCESSORS_READ, Scope.BREACHES_READ, Scope.AUDIT_READ)]


@router.get(
    "",
    operation_id="read_authority_file",
    summary="Definition, notices, record, agreements, transfers, statistics, breaches and seals as one ZIP",
    response_class=StreamingResponse,
    responses={200: {"content": {"application/zip": {"schema": {"type": "string", "format": "binary"}}}}},
)
async def read_authority_file(op: Exporting) -> StreamingResponse:
    """`index.json` names each file with its size, SHA-256 and article. Of customers it holds numbers only."""
    await op.write(authority.opened)
    found = await op.db.snapshot(authority.made, op)
    return sent(found.spool, "application/zip", f"authority-file-{op.today.isoformat()}.zip")
