"""Connectors against stateful fakes of the vendors."""
