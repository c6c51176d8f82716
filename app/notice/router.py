"""Versions of the notice, what changed between them, and what the linter finds."""

from typing import Annotated

from fastapi import APIRouter, Path, Query

from app.auth.roles import Scope
from app.errors import problems
from app.notice import service
from app.notice.errors import NoticeNotFound
from app.notice.schemas import FindingsOut, NoticeChangesOut, NoticeOut, NoticeVersionOut
from app.pagination import Cursor, CursorInvalid, Limit, Page, window
from app.register.deps import allowed
from app.register.operation import Operation
from app.wire import Language

router = APIRouter(prefix="/v1/notice", tags=["notice"])

Reading = Annotated[Operation, allowed(Scope.REGISTER_READ)]
Linting = Annotated[Operation, allowed(Scope.PROCESSORS_READ)]
Number = Annotated[int, Path(ge=1, le=2**31 - 1)]
Against = Annotated[int | None, Query(ge=1, le=2**31 - 1, description="The version before it when absent.")]
Spoken = Annotated[Language | None, Query(description="The first language of both versions when absent.")]


@router.get(
    "/versions",
    operation_id="list_notice_versions",
    summary="Versions of the privacy notice, newest first",
    responses=problems(CursorInvalid),
)
async def list_notice_versions(op: Reading, limit: Limit = 50, cursor: Cursor = None) -> Page[NoticeVersionOut]:
    """A version is stored whenever the words change, and none is ever changed afterwards."""
    return await op.read(service.listed, window(op.keys, "notice-versions", limit, cursor))


@router.get(
    "/versions/{notice_version}",
    operation_id="read_notice_version",
    summary="One version of the privacy notice, in every language",
    responses=problems(NoticeNotFound),
)
async def read_notice_version(notice_version: Number, op: Reading) -> NoticeOut:
    """As it was rendered and stored: sections, languages, and the definition's version behind it (Arts. 13, 14)."""
    return await op.read(service.read, notice_version)


@router.get(
    "/versions/{notice_version}/changes",
    operation_id="compare_notice_versions",
    summary="What a version says that an earlier one did not",
    responses=problems(NoticeNotFound),
)
async def compare_notice_versions(
    notice_version: Number, op: Reading, against: Against = None, lang: Spoken = None
) -> NoticeChangesOut:
    """Against the one before it, or the one that `against` names: lines that are gone and lines that are new."""
    return await op.read(service.compared, notice_version, against, lang)


@router.get(
    "/findings",
    operation_id="list_notice_findings",
    summary="Where the notice and practice drift apart, and how each duty of Art. 13 and 14 stands",
)
async def list_notice_findings(op: Linting) -> FindingsOut:
    """The gravest first. It names recipients and codes, and nobody else."""
    return await op.read(service.findings, op.register, op.at)
