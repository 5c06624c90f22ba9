"""The control address: orders for the stand-in, and what it has fired."""

from datetime import timedelta
from typing import Any

from aiohttp import web
from pydantic import BaseModel, ConfigDict, Field

from dev.orders import orders_edge, read_order
from dev.scheduler_standin.firing import Firing
from dev.scheduler_standin.jobs import Entry, Jobs
from dev.scheduler_standin.refusals import Refusal

JOBS = web.AppKey("jobs", Jobs)
FIRING = web.AppKey("firing", Firing)


class Speed(BaseModel):
    """Fire every job every so many seconds; None: by its schedule."""

    model_config = ConfigDict(extra="forbid")

    every_s: float | None = Field(ge=0.1, le=86_400)


class Fire(BaseModel):
    """Fire the job of that full name now."""

    model_config = ConfigDict(extra="forbid")

    name: str


def build_control_app(jobs: Jobs, firing: Firing) -> web.Application:
    """Build the application behind the control port, over the same `jobs` as the vendor's."""
    app = web.Application(middlewares=[orders_edge])
    app[JOBS], app[FIRING] = jobs, firing
    app.router.add_get("/health", _health)
    app.router.add_get("/jobs", _list)
    app.router.add_post("/fire", _fire)
    app.router.add_post("/speed", _set_speed)
    app.router.add_post("/reset", _reset)
    return app


async def _health(request: web.Request) -> web.Response:
    return web.json_response({"status": "ok", "jobs": len(request.app[JOBS].entries)})


async def _list(request: web.Request) -> web.Response:
    entries = request.app[JOBS].entries.values()
    return web.json_response({"jobs": [_described(entry) for entry in entries]})


async def _fire(request: web.Request) -> web.Response:
    order = await read_order(request, Fire)
    try:
        request.app[JOBS].ask(order.name)
    except Refusal as refusal:
        return web.json_response({"error": refusal.message}, status=404)
    request.app[FIRING].wake()
    return web.json_response({"asked": order.name}, status=202)


async def _set_speed(request: web.Request) -> web.Response:
    speed = await read_order(request, Speed)
    every = None if speed.every_s is None else timedelta(seconds=speed.every_s)
    request.app[JOBS].set_pace(every)
    request.app[FIRING].wake()
    return web.json_response(speed.model_dump())


async def _reset(request: web.Request) -> web.Response:
    request.app[JOBS].entries.clear()
    request.app[JOBS].set_pace(None)
    return web.Response(status=204)


def _described(entry: Entry) -> dict[str, Any]:
    job = entry.job
    return {
        "name": job.name,
        "schedule": job.schedule,
        "time_zone": job.time_zone,
        "topic": job.pubsub_target.topic_name,
        "state": job.state.name,
        "schedule_time": job.schedule_time.isoformat(),
        "status": {"code": job.status.code, "message": job.status.message},
        "running": entry.running,
        "fired_at": [moment.isoformat() for moment in entry.fired_at],
    }
