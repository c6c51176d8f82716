"""Connectors, each against a fake of its recipient that runs as a real server on loopback."""
