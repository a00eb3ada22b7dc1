"""The API behind the gateways: answers every call with what it was sent, headers one by one.

Given on stdin: the `port` to listen on.
"""

import json
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

given = json.load(sys.stdin)


class Upstream(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def answer(self):
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        seen = {"method": self.command, "path": self.path, "headers": self.headers.items()}
        body = json.dumps(seen).encode()
        self.send_response(200)
        # Only what comes from here has it.
        self.send_header("X-Upstream", "reached")
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_GET = do_POST = answer

    def log_message(self, *_):
        pass


ThreadingHTTPServer(("127.0.0.1", given["port"]), Upstream).serve_forever()
