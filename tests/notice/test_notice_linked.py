"""The record of processing as linked data: what rdflib reads in it, without fetching anything."""

from typing import Any

import pytest
from rdflib import Graph, Literal
from rdflib.namespace import DCTERMS, RDF
from rdflib.term import Node

from tests.processors.calls import SCC, transfer
from tests.terms import DPV, GDPR, IRIS, LOC, MISSING, PD, graph_of, unknown_terms
from tests.worlds import Caller

pytestmark = pytest.mark.anyio
PATH = "/v1/processing-record/linked-data"


@pytest.fixture
def template(request: pytest.FixtureRequest) -> Any:
    """SQLite alone: the record is made of what both databases answer alike."""
    return request.getfixturevalue("sqlite_template")


def process(graph: Graph, code: str) -> Node:
    """The purpose of that code."""
    return next(graph.subjects(DCTERMS.identifier, Literal(code)))


async def test_the_record_says_in_dpv_what_article_30_asks(call: Caller) -> None:
    """Purposes, basis, data, recipients, transfers with ground and tool, storage duration; every term exists."""
    await call("dpo", "POST", "/v1/processors/mailchimp/transfers", transfer(**SCC), expect=201)
    known = (await call("dpo", "GET", "/v1/processing-record?lang=en", expect=200))["activities"]
    document = await call("dpo", "GET", f"{PATH}?lang=en", expect=200)
    graph = graph_of(document)

    assert not IRIS.exists() or unknown_terms(graph) == set()
    (record,) = graph.subjects(RDF.type, DPV.ROPA)
    purposes = {process(graph, one["code"]) for one in known}
    assert set(graph.objects(record, DPV.hasProcess)) == purposes
    assert (record, DPV.hasDataController, next(graph.subjects(RDF.type, DPV.DataController))) in graph
    assert all(graph.value(one, DPV.hasLegalBasis) in {GDPR[f"A6-1-{x}"] for x in "abcdef"} for one in purposes)

    newsletter = process(graph, "newsletter")
    assert (newsletter, DPV.hasPurpose, DPV.DirectMarketing) in graph
    assert (newsletter, DPV.hasLegalBasis, GDPR["A6-1-a"]) in graph
    assert (newsletter, DPV.hasPersonalData, PD.EmailAddress) in graph
    assert set(graph.objects(newsletter, DPV.hasDataSubject)) == {DPV.Customer, DPV.Subscriber}
    (recipient,) = graph.objects(newsletter, DPV.hasRecipient)
    assert set(graph.objects(recipient, RDF.type)) == {DPV.Recipient, DPV.DataProcessor}
    (abroad,) = graph.objects(newsletter, DPV.hasProcess)
    assert (abroad, DPV.hasThirdCountry, LOC.US) in graph
    assert graph.value(abroad, DPV.hasLegalBasis) == GDPR["A46-2-c"]
    assert graph.value(abroad, DPV.hasOrganisationalMeasure) == GDPR.SCCByCommission

    kept = {
        (str(graph.value(one, DCTERMS.title)), str(graph.value(graph.value(one, DPV.hasDuration), RDF.value)))
        for one in graph.objects(process(graph, "accounting"), DPV.hasStorageCondition)
    }
    limits = next(one["limits"] for one in known if one["code"] == "accounting")
    assert kept == {(limit["data"], limit["period"]) for limit in limits}


@pytest.mark.skipif(not IRIS.exists(), reason=MISSING)
async def test_a_term_that_is_none_is_found_out(call: Caller) -> None:
    """One that does not exist, and one of which the context does not say that it is a term."""
    document = await call("dpo", "GET", PATH, expect=200)
    assert unknown_terms(graph_of({**document, "dpv:hasPurposes": "words"})) == {str(DPV.hasPurposes)}
    with pytest.raises(AssertionError, match="are texts"):
        graph_of({**document, "dpv:hasDataSubjectScale": "dpv:LargeScaleOfDataSubjects"})
