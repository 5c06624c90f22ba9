"""How the web client is told that it signs in with the Auth emulator, behind this very front.

Its calls stay on the page's own origin, so no policy has to allow an address of the emulator.
"""

import json
from http import HTTPStatus

import h11

# The emulator takes any key. `authEmulator` is ours: Firebase Hosting never sends it.
_BODY = json.dumps({"apiKey": "local", "authEmulator": True}).encode()


def sign_in_config(request: h11.Request) -> list[h11.Event]:
    """The events of one whole answer, as of Hosting's `/__/firebase/init.json`.

    https://firebase.google.com/docs/hosting/reserved-urls
    """
    headers = [
        ("Content-Type", "application/json"),
        ("Content-Length", str(len(_BODY))),
        ("Cache-Control", "no-store"),
    ]
    response = h11.Response(status_code=HTTPStatus.OK, headers=headers, reason=b"OK")
    body = [] if request.method == b"HEAD" else [h11.Data(data=_BODY)]
    return [response, *body, h11.EndOfMessage()]
