"""The API behind the gateways: answers every call with what it was sent, headers one by one.

Given on stdin: the `port` to listen on.
"""

import json
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

given = json.load(sys.stdin)


class Upstream(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def read_body(self):
        """To its end: what is left of it would be taken for the next request."""
        if self.headers.get("Transfer-Encoding", "").lower() != "chunked":
            self.rfile.read(int(self.headers.get("Content-Length", 0)))
            return
        while size := int(self.rfile.readline().split(b";")[0], 16):
            self.rfile.read(size + len(b"\r\n"))
        while self.rfile.readline().strip():
            pass

    def answer(self):
        self.read_body()
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
