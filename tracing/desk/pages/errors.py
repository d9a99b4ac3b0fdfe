"""A problem as a page: what happened, what it means, where to go on."""

from aiohttp import web

from tracing.desk.accounts import PERSON
from tracing.desk.pages.frame import frame_of, page
from tracing.desk.problems import Problem

__all__ = ["show_problem"]


async def show_problem(http_request: web.Request, problem: Problem) -> web.Response:
    """The page of a problem, with the head of the desk for whoever is signed in."""
    frame = frame_of(http_request, signed_in=PERSON in http_request)
    response = page("problem.html", frame, status=problem.status, problem=problem, failed=True)
    for name, value in problem.headers.items():
        response.headers[name] = value
    return response
