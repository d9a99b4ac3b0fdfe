"""The officers' API under ``/api/v1``: one module per noun. Every route carries its policy and its description."""

from aiohttp import web

__all__ = ["add_to"]


def add_to(app: web.Application) -> None:
    """Register every route of the API."""
