"""``tracing demo``: nodes of three States in one go, on loopback, with pages to open."""

import asyncio
import contextlib
import signal
import socket
import sys
import webbrowser
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from tracing import log
from tracing.cli.call import Call, call_of
from tracing.cli.exits import Ends, Exit
from tracing.cli.output import table
from tracing.clock import SystemClock
from tracing.demo.stage import DESK_OFFSET, PORTS_PER_NODE, SignIn, Stage, Summary
from tracing.demo.states import STATES

__all__ = ["demo"]

PORTS = 8600


def demo(
    context: typer.Context,
    directory: Annotated[
        Path, typer.Option("--dir", help="Where the three homes go; taken up again when there.")
    ] = Path("demo"),
    port_base: Annotated[int, typer.Option(min=1, max=65_000, help="The first of the ports used.")] = PORTS,
    no_browser: Annotated[bool, typer.Option("--no-browser", help="Print the addresses only.")] = False,  # noqa: FBT002 - a switch
    once: Annotated[bool, typer.Option("--once", help="Exchange, print what happened, end.")] = False,  # noqa: FBT002 - a switch
) -> None:
    """Nodes of three States exchange sample requests on this machine; everything says TRAINING."""
    call = call_of(context)
    log.set_up(SystemClock(), level="error")
    stays = not once and sys.stdout.isatty() and not call.as_json
    asyncio.run(_play(call, directory, port_base, stays=stays, browser=stays and not no_browser))


async def _play(call: Call, directory: Path, port_base: int, *, stays: bool, browser: bool) -> None:
    _require_free(directory, port_base)
    stage = Stage(directory, port_base)
    try:
        await asyncio.to_thread(stage.build, call.out.say)
        summary = await stage.play(call.out.say)
        _tell(call, stage.sign_ins, summary, stays=stays)
        if stays:
            await _stay(stage, browser=browser)
    finally:
        await stage.stop()
    if not summary.adds_up:
        raise Ends(Exit.FAILED, "the counts do not add up, or a trail does not verify; the log above says more")


def _require_free(directory: Path, port_base: int) -> None:
    """Before anything is made: every port of the three nodes can be had."""
    for port in (port_base + node * PORTS_PER_NODE + desk for node in range(len(STATES)) for desk in (0, DESK_OFFSET)):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError as error:
                other = f"tracing demo --dir {directory}-2 --port-base {port_base + 100}"
                raise Ends(
                    Exit.CONFIGURATION, f"port {port}: {error.strerror}: stop the other program, or `{other}`"
                ) from error


def _tell(call: Call, sign_ins: list[SignIn], summary: Summary, *, stays: bool) -> None:
    call.out.result(asdict(summary), "\n".join(f"{name:>13}  {value}" for name, value in asdict(summary).items()))
    if not call.as_json:
        rows = [(one.authority, one.url, one.name, one.password) for one in sign_ins]
        call.out.result(None, table(("node", "page", "name", "password"), rows))
        call.out.say(
            "Press Ctrl-C to end."
            if stays
            else "`tracing demo` on a terminal keeps the nodes running, with these pages to open."
        )


async def _stay(stage: Stage, *, browser: bool) -> None:
    ended = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, ended.set)
    if browser:
        with contextlib.suppress(webbrowser.Error):
            await asyncio.to_thread(webbrowser.open, stage.sign_ins[0].url)
    await ended.wait()
