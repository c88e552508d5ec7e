"""Functions for all peers (clients by other people): record what worked, call the sandbox's control interface."""

import json
import os
import urllib.request


def agree(peer, words):
    """Prints what worked between a peer and the sandbox, and records one success for tools/count."""
    print("ok: %s: %s" % (peer, words), flush=True)
    results = os.environ.get("CBR_RESULTS")
    if results:
        with open(results, "a") as file:
            file.write("1 0\n")


def control(path, body=None):
    """A call of the sandbox's control interface. Returns its reply."""
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(os.environ["CBR_SANDBOX_CONTROL"] + path, data=data)
    with urllib.request.urlopen(request) as response:
        return json.load(response)
