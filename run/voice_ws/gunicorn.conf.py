"""How gunicorn serves the voice service; every line has its reason.

https://docs.gunicorn.org/en/stable/settings.html
"""

import gc
import os
import signal
from types import FrameType

from gunicorn.arbiter import Arbiter
from gunicorn.workers.base import Worker

bind = f"0.0.0.0:{os.environ.get('PORT', '8080')}"

# One process: all sessions share one event loop, one model client, one token cache.
workers = 1
worker_class = "gthread"

# A socket holds its thread only to wait; the engine takes 240, the rest answer probes.
threads = 256

# A socket is one request that may last an hour: Cloud Run's own limit ends it, not gunicorn's.
timeout = 0

# Cloud Run kills 10 s after SIGTERM; the engine drains within 8.
graceful_timeout = 9
keepalive = 75

# No control socket: nobody administers a container from inside.
control_socket_disable = True

accesslog = None
errorlog = "-"


def post_fork(server: Arbiter, worker: Worker) -> None:
    """Hardly look for unreachable objects until all is loaded: looking is a tenth of the load."""
    del server, worker
    gc.set_threshold(500_000)


def post_worker_init(worker: Worker) -> None:
    """Drain the sessions when the worker is told to stop, before gunicorn waits for them."""
    engine = worker.wsgi.extensions["voice_engine"]
    stop = signal.getsignal(signal.SIGTERM)

    def drain(signum: int, frame: FrameType | None) -> None:
        engine.drain()
        if callable(stop):
            stop(signum, frame)

    signal.signal(signal.SIGTERM, drain)
