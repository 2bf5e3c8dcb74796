import json
import threading
from contextlib import contextmanager
from datetime import datetime, timedelta, timezone
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import NamedTuple
from urllib.parse import parse_qs, urlsplit

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID


def make_certificate(folder, name):
    """A certificate for a name that vouches for itself.

    :return: path of a file with certificate and key
    """
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.now(timezone.utc)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = Path(folder, f"{name}.pem")
    path.write_bytes(
        certificate.public_bytes(serialization.Encoding.PEM)
        + key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return path


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

    def __init__(self, context=None):
        super().__init__(("127.0.0.1", 0), _Handler)
        if context:
            self.socket = context.wrap_socket(self.socket, server_side=True)
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
def robot_server(context=None):
    """Serve until the block ends; with a context of TLS, over https."""
    server = RobotServer(context)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.over.set()
        server.shutdown()
        server.server_close()
        thread.join(10)
