"""An API that asks Chancery's door about every call, and does what it says.

Given on stdin: the `port` to listen on, the door's `url` for `POST /v1/authorize`, the gateway's `token`, the `environment` of
this host, the name of the `app_key_header`.
"""

import json
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.error import HTTPError
from urllib.request import Request, urlopen

given = json.load(sys.stdin)


class Api(BaseHTTPRequestHandler):
    def do_GET(self):
        status, headers, answer = decide(self.command, self.path, self.headers)
        body = json.dumps(answer).encode()
        self.send_response(status)
        for name in ["Content-Type", "WWW-Authenticate", "Retry-After"]:
            for value in headers.get_all(name, []):
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


def decide(method, path, headers):
    call = {
        "method": method,
        "path": path,
        "environment": given["environment"],
        "app_key": headers.get(given["app_key_header"]),
        "authorization": headers.get("Authorization"),
    }
    own = {"Authorization": f"Bearer {given['token']}", "Content-Type": "application/json"}
    asked = Request(given["url"], json.dumps(call).encode(), own, method="POST")
    try:
        with urlopen(asked, timeout=10) as answer:
            return answer.status, answer.headers, json.load(answer)
    except HTTPError as refusal:
        return refusal.code, refusal.headers, json.load(refusal)


ThreadingHTTPServer(("127.0.0.1", given["port"]), Api).serve_forever()
