"""Linked data read as anybody else would read it, and the terms of W3C DPV 2.3 to hold it against."""

import json
import re
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from rdflib import Dataset, Graph, Literal, Namespace, URIRef
from rdflib.namespace import DCTERMS, RDF

DPV = Namespace("https://w3id.org/dpv#")
PD = Namespace("https://w3id.org/dpv/pd#")
LOC = Namespace("https://w3id.org/dpv/loc#")
GDPR = Namespace("https://w3id.org/dpv/legal/eu/gdpr#")
LEGAL_EU = Namespace("https://w3id.org/dpv/legal/eu#")
_LIST = Path("shared", "specs", "dpv-2.3-iris.txt")
IRIS = next((found for folder in Path(__file__).parents if (found := folder / _LIST).exists()), Path("/", _LIST))
"""The list stands beside the repository, where there is one; tests that need it say so when they are skipped."""
MISSING = "the list of DPV terms is not beside this repository"
_TERM = re.compile(r"(dpv|pd|loc|eu-gdpr|legal-eu):")
PROFILES = "https://w3id.org/dpv/schema/dpv-27560#"
_NOT_LISTED = {*(f"{PROFILES}{name}" for name in ("record-eu-gdpr", "receipt-eu-gdpr")), f"{LEGAL_EU}law-GDPR"}
"""They exist in modules that the list leaves out: the profiles of ISO/IEC TS 27560, and the laws of the EU."""


def graph_of(document: Mapping[str, Any]) -> Graph:
    """The statements of a JSON-LD document, which carries its context with it: nothing is fetched."""
    assert isinstance(document["@context"], dict), "a context by reference would be fetched"
    flat = Graph()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # rdflib 7 warns of what it calls itself
        for subject, predicate, found, _ in Dataset().parse(data=json.dumps(document), format="json-ld").quads():
            flat.add((subject, predicate, found))  # a proof stands in a graph of its own
    lost = {str(found) for found in flat.objects() if isinstance(found, Literal) and _TERM.match(str(found))}
    assert not lost, "without a word in the context these terms are texts"
    return flat


def unknown_terms(graph: Graph) -> set[str]:
    """What is used of DPV, Dublin Core and RDF and is not in them."""
    used = {str(node) for statement in graph for node in statement if isinstance(node, URIRef)}
    known = set(IRIS.read_text(encoding="utf-8").split()) | _NOT_LISTED
    ours = {iri for iri in used if iri.startswith("https://w3id.org/dpv")}
    assert ours, "no term of DPV is used at all"
    others = {iri for iri in used if iri.startswith((str(DCTERMS), str(RDF)))}
    return (ours - known) | {iri for iri in others if iri not in DCTERMS and iri not in RDF}
