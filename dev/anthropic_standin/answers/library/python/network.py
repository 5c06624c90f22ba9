# mypy: ignore-errors
"""HTTP."""

import json
from http.server import BaseHTTPRequestHandler, HTTPServer
from urllib.request import Request, urlopen


def fetch_url(url):
    """Return the text that a URL answers with."""
    with urlopen(url, timeout=10) as response:
        return response.read().decode("utf-8")


def fetch_json(url):
    """Return the JSON value that a URL answers with."""
    with urlopen(url, timeout=10) as response:
        return json.load(response)


def post_json(url, data):
    """Send a value as JSON to a URL and return the JSON answer."""
    body = json.dumps(data).encode("utf-8")
    request = Request(url, data=body, headers={"Content-Type": "application/json"})
    with urlopen(request, timeout=10) as response:
        return json.load(response)


def download_file(url, path):
    """Save what a URL answers with to a file and return the number of bytes."""
    with urlopen(url, timeout=10) as response, open(path, "wb") as file:
        return file.write(response.read())


class ItemHandler(BaseHTTPRequestHandler):
    """Serve a list of items: GET lists them, POST adds one."""

    items = []  # noqa: RUF012

    def do_GET(self):
        """Answer with all items as JSON."""
        self.reply(200, self.items)

    def do_POST(self):
        """Add the JSON value of the body and answer with it."""
        length = int(self.headers.get("Content-Length", 0))
        try:
            item = json.loads(self.rfile.read(length))
        except json.JSONDecodeError:
            self.reply(400, {"error": "The body is not valid JSON."})
            return
        self.items.append(item)
        self.reply(201, item)

    def reply(self, status, data):
        """Send a JSON answer with the given status."""
        body = json.dumps(data).encode("utf-8")
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def start_server(port):
    """Return an HTTP server on the local machine that answers every GET with a status."""

    class StatusHandler(BaseHTTPRequestHandler):
        """Answer that the server is up."""

        def do_GET(self):
            """Answer with the status as JSON."""
            body = b'{"status": "ok"}'
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    return HTTPServer(("127.0.0.1", port), StatusHandler)
