"""Swagger UI at /docs, from local files."""
