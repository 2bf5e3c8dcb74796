import json
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import NamedTuple
from urllib.parse import parse_qs, urlsplit


class Received(NamedTuple):
    """A request as it came in."""

    path: str
    headers: dict
    body: bytes

    @property
    def json(self):
        return json.loads(self.body)

    @property
    def query(self):
        return {name: values[0] for name, values in parse_qs(urlsplit(self.path).query).items()}


class RobotServer(ThreadingHTTPServer):
    """A server on this machine that gives the answers it was told to, one after the other, then the last again.

    An answer is a status, headers and a body; ``HANG`` never answers, ``DRIP`` does so one byte at a time.
    """

    daemon_threads = True
    HANG, DRIP = "hang", "drip"
    FINE = (200, {}, b'{"errcode":0,"errmsg":"ok","code":0,"msg":"success"}')

    def __init__(self):
        super().__init__(("127.0.0.1", 0), _Handler)
        self.received, self.answers = [], [self.FINE]
        self.over = threading.Event()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server_port}"

    def answer(self, *answers):
        self.answers = list(answers)

    def next_answer(self):
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]

    def handle_error(self, request, client_address):
        """Whoever gave up waiting is no error here."""


class _Handler(BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.server.received.append(Received(self.path, dict(self.headers), body))
        answer = self.server.next_answer()
        if answer == RobotServer.HANG:
            self.server.over.wait(30)
        elif answer == RobotServer.DRIP:
            while not self.server.over.wait(0.1):
                self.wfile.write(b"H")
        else:
            self._send(*answer)

    do_GET = do_POST

    def _send(self, status, headers, body):
        self.send_response(status)
        for name, value in {"Content-Length": str(len(body)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_args):
        """Tests read what was received, not the log."""


@contextmanager
def robot_server():
    server = RobotServer()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.over.set()
        server.shutdown()
        server.server_close()
        thread.join(10)
