"""The well-formed call of every operation, each on a copy of one stage, and what it is answered."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx
from fastapi import FastAPI

from app.auth.roles import SCOPES, Role
from tests.databases import sqlite_copy
from tests.http.stage import Stage
from tests.worlds import Template, World

TABLE = """
apply_register 200                ask_what_if 200            assess_request 200          assess_transfer 201
cancel_decision 200               change_request 200         check_identity 200          check_processing 200
classify_voucher 200              complete_request 200       confirm_invitation 200      correct_customer 200
decide_request 200                disclose 201 mailer:403    disclose_batch 200          end_transfer 200
extend_request 200                health 200                 invite_consent 201 mailer:404
list_agreements 200               list_api_clients 200       list_assessments 200        list_audit_events 200
list_bookings 200                 list_changes 200           list_consents 200           list_disclosures 200
list_duplicates 200 webshop:403 booking:403                  list_holds 200              list_processors 200
list_proposals 200                list_purchases 200         list_register_versions 200  list_requests 200
list_transfers 200                list_transfers_to_processor 200                        list_vouchers 200
list_wordings 200                 make_api_client 201        metrics 200                 open_invitation 200
put_booking 201                   put_purchase 201           put_wording 200             read_consent_receipt 200
read_customer 200                 read_processor 200         read_register 200           read_register_version 200
read_request 200                  read_transfer 200          readiness 200               receive_request 201
record_agreement 201              record_consent 201 mailer:404 admin:422 dpo:422 owner:422
record_consents 200               record_transfer 201        register_customer 201 webshop:422 booking:422
register_processor 201            release_hold 204           rotate_token 201            search_customers 200
set_hold 201                      update_processor 200       upsert_customer 200         upsert_customers 200
withdraw_api_client 204           withdraw_request 200       list_audit_seals 200       list_timeline 200
list_calendar_feeds 200    make_calendar_feed 201     withdraw_calendar_feed 204 admin:404 dpo:404
read_calendar 200          set_client_email 200
contest_values 200                lift_restriction 200       list_contested 200 webshop:403 booking:403
accept_proposal 200 webshop:403 booking:403                  dismiss_proposal 204 webshop:403 booking:403
read_data 200                     read_data_page 200         read_data_document 200     read_data_archive 200
redact_data 201                   list_redactions 200        undo_redaction 204         release_data 201
read_release 200                  withdraw_release 204       open_link 200              fetch_data 200
list_letters 200                  issue_letter 201           deliver_letter 200          read_answer 200
read_letter 200                   read_letter_page 200       read_letter_document 200
open_answer_page 200       answer_on_page 422       take_opendsr_callback 401
list_notifications 200 read_notification 200 answer_notification 200 retry_notification 200
assess_breach 201                 change_breach 200          close_breach 200           list_affected 200
list_breaches 200                 list_breach_people 200     notify_authority 201       read_breach 200
read_breach_notice 200            record_people_told 200     reopen_breach 200          report_breach 201
write_communication 201           issue_breach_letters 201   deliver_breach_letters 200
read_breach_notice_page 200       read_breach_notice_document 200
receive_email 201                 list_candidates 200        confirm_decision 200 owner:403
ask_fee 200 owner:403 settle_fee 200 report_death 201 read_death 200 withdraw_death 200
probe_mailchimp_hook 404          take_mailchimp_event 404
list_inactivity_proposals 200 decide_inactivity_proposals 200 read_inactivity_decision 200
cancel_inactivity_decision 200 list_notice_versions 200 read_notice_version 200 compare_notice_versions 200
list_notice_findings 200 read_notice 200 read_notice_document 200
read_processing_record 200  read_processing_record_table 200
read_processing_record_linked_data 200  read_processing_record_page 200  read_processing_record_document 200
list_suppression_reviews 200      read_suppressions_standing 200   review_suppressions 201
list_adequacy_decisions 200       record_lapse 201           list_lapses 200            take_back_lapse 200
check_transfer 201                list_transfer_checks 200   read_promises 200          list_expiring 200
list_people_of_processor 200      register_sub_processor 201 list_sub_processors 200    update_sub_processor 200
hear_mycashflow 404           read_signed_receipt 200       record_tellings 200        list_tellings 200
read_quarter_report 200  read_quarter_report_table 200  read_quarter_report_document 200  read_authority_file 200
make_unsubscribe_links 200        open_unsubscribe 200       unsubscribe 400
open_request_forms 200            open_request_form 200      send_request_form 422      open_case 200
"""
"""What the well-formed call of `tests/http/stage.py` answers a role that has the scope, and the roles that differ:
a mailer owns no system and knows nobody, integrations see neither duplicates nor what is contested, and register under
their own reference, and staff consent for nobody. What the owner took in and proposed, the owner neither confirms nor
asks a fee for. Nothing listens for messages of a recipient that is not configured. An empty form is 400 or 422. A new
operation takes its place here, and in the stage what it works on."""


def expected() -> dict[str, dict[str, int]]:
    """Status by operation and role; `""` stands for every other role."""
    found: dict[str, dict[str, int]] = {}
    words, name = TABLE.split(), ""
    for word in words:
        if word.isdigit():
            found[name][""] = int(word)
        elif ":" in word:
            role, status = word.split(":")
            found[name][role] = int(status)
        else:
            name = word
            found[name] = {}
    return found


EXPECTED = expected()
Key = tuple[str, str]  # method and path


@dataclass(frozen=True)
class Ready:
    """A stage that was built, kept as a file, and the time there."""

    stage: Stage
    file: Path
    now: datetime


class Asking:
    """Makes the well-formed call of each operation on a copy of the stage."""

    def __init__(self, app: FastAPI, template: Template, ready: Ready, folder: Path) -> None:
        self.app, self.template, self.ready, self.folder = app, template, ready, folder
        self.stage, self.known, self.copies = ready.stage, ready.stage.operations(), 0

    @asynccontextmanager
    async def world(self) -> AsyncIterator[tuple[World, httpx.ASGITransport]]:
        """A copy of the stage and the way to it; a client would take a quarter of the time for itself."""
        self.copies += 1
        copy = sqlite_copy(self.ready.file, self.folder / f"{self.copies}.db")
        world = World(self.app, self.template, copy, self.ready.now)
        yield world, httpx.ASGITransport(self.app, raise_app_exceptions=False)
        await world.db.close()

    async def ask(
        self, api: httpx.ASGITransport, key: Key, role: str, authorization: str | None, body: Any = None
    ) -> httpx.Response:
        """The answer to the call as that role would make it, under some authorization; with another body if given."""
        method, path = key
        operation_id = self.known[key]["operationId"]
        headers = self.stage.headers_of(operation_id)
        headers |= {} if authorization is None else {"Authorization": authorization}
        whole = f"http://seloste.test{self.stage.path_of(path, operation_id, role)}"
        asked = httpx.Request(method, whole, json=body or self.stage.body_of(operation_id, role), headers=headers)
        answer = await api.handle_async_request(asked)
        await answer.aread()
        return answer

    async def answers(self, keys: list[Key], role: str, authorization: str | None) -> dict[Key, httpx.Response]:
        """Each call after the others on one copy; where one of their changes stood in its way, on a copy of its own."""
        async with self.world() as (_, api):
            answers = {key: await self.ask(api, key, role, authorization) for key in keys}
        for key in keys:
            if answers[key].status_code != self.status_for(key, role):
                async with self.world() as (_, api):
                    answers[key] = await self.ask(api, key, role, authorization)
        return answers

    def operations(self, *, guarded: bool = True) -> list[Key]:
        """The operations that need a token, or those that are open."""
        return [key for key, operation in self.known.items() if bool(operation["security"]) == guarded]

    def holds(self, role: str, key: Key) -> bool:
        """Whether the role has every scope that the document declares for the operation."""
        needed = {scope for way in self.known[key]["security"] for scope in way["bearer"]}
        return needed <= {str(scope) for scope in SCOPES[Role(role)]}

    def status_for(self, key: Key, role: str) -> int:
        """What the table says; 403 where the role lacks a scope."""
        row = EXPECTED[self.known[key]["operationId"]]
        return row.get(role, row[""]) if self.holds(role, key) else 403
