import socket
import ssl
from tempfile import TemporaryDirectory
from unittest.mock import patch

from requests.certs import where as requests_certificates

from odoo.exceptions import ValidationError
from odoo.tests import tagged
from odoo.tools import mute_logger

from ..tools import DeliveryError, Request, classify, outbound, post
from .common_channel import ChannelCase
from .robot_server import make_certificate, robot_server

REFUSED = "odoo.addons.mrp_workorder_closure.models.mrp_closure_delivery"


def resolving_to(*addresses):
    """A name server that knows every name, and gives these addresses for it."""
    real = socket.getaddrinfo

    def getaddrinfo(host, port, *args, **kwargs):
        found = [] if host.endswith(".example") else real(host, port, *args, **kwargs)
        return found or [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port)) for address in addresses]

    return patch.object(socket, "getaddrinfo", getaddrinfo)


@tagged("post_install", "-at_install", "mrp_closure")
class TestChannelAddresses(ChannelCase):
    """Messages go over https to public addresses, and inside only where an administrator allows it."""

    def assertRefused(self, code, url, **kwargs):
        with self.assertRaises(DeliveryError) as refusal:
            post(Request(url, {}, b"{}"), timeout=1, deadline=2, **kwargs)
        self.assertEqual(refusal.exception.code, code, url)
        self.assertFalse(self.server.received)

    def test_addresses_inside_are_refused_however_they_are_written(self):
        for host in (
            "127.0.0.1",
            "localhost",
            "2130706433",
            "0x7f.1",
            "127.1",
            "[::1]",
            "[::ffff:127.0.0.1]",
            "10.0.0.1",
            "172.16.0.1",
            "192.168.1.1",
            "[fd00::1]",
        ):
            self.assertRefused("internal_address", f"https://{host}:{self.server.server_port}/x")

    def test_some_addresses_are_refused_to_administrators_as_well(self):
        for host in ("169.254.169.254", "0.0.0.0", "[::]", "[fe80::1]", "224.0.0.1", "240.0.0.1", "[64:ff9b::7f00:1]"):
            for allow_internal in (False, True):
                self.assertRefused("forbidden_address", f"https://{host}/latest", allow_internal=allow_internal)

    def test_a_name_is_judged_by_every_address_it_has(self):
        for addresses, code in (
            (["10.0.0.1"], "internal_address"),
            (["93.184.216.34", "127.0.0.1"], "internal_address"),
            (["93.184.216.34", "169.254.169.254"], "forbidden_address"),
            (["::ffff:10.0.0.1"], "internal_address"),
        ):
            with resolving_to(*addresses):
                self.assertRefused(code, "https://robot.example/send")

    def test_public_addresses_get_nothing_in_the_open(self):
        self.assertRefused("scheme", "http://93.184.216.34/x")
        with resolving_to("93.184.216.34"):
            self.assertRefused("scheme", "http://robot.example/x", allow_internal=True)
        for url in ("ftp://robot.example/x", "file:///etc/passwd", "gopher://127.0.0.1/x", "robot.example", ""):
            self.assertRefused("scheme", url, allow_internal=True)

    def test_addresses_that_are_not_sound_are_refused(self):
        for url in (
            "https://user:password@robot.example/x",
            "https:///x",
            "https://[::1/x",
            "https://robot.example:port/x",
            "https://robot.example/a b",
            "https://robot.example/send?access_token=t#robot",
            "https://robot.example/ü",
            f"https://{'a' * 70}.example/x",
        ):
            self.assertRefused("address", url)
        self.assertRefused("unknown_host", "https://no-such-host.invalid/x")

    def test_an_address_with_a_fragment_is_refused_when_it_is_entered(self):
        with self.assertRaisesRegex(ValidationError, 'without "#" and what follows'):
            self.make_channel("dingtalk", url="https://robot.example/send?access_token=t#robot")

    def test_the_connection_goes_to_the_address_that_was_checked(self):
        """A name that leads elsewhere when it is asked for again leads nowhere else."""
        dialled = []

        def dial(address, timeout=None):
            dialled.append(address)
            raise ConnectionRefusedError

        with resolving_to("93.184.216.34"), patch.object(socket, "create_connection", dial):
            self.assertRefused("unreachable", "https://robot.example/send")
        self.assertEqual(dialled, [("93.184.216.34", 443)])

    def serve_over_tls(self, name):
        """A server whose certificate is for this name, and which this machine trusts until the test ends."""
        folder = self.enterContext(TemporaryDirectory())
        path = make_certificate(folder, name)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(path)
        self.enterContext(patch.object(outbound.certs, "where", lambda: str(path)))
        return self.enterContext(robot_server(context))

    def test_over_tls_the_certificate_is_that_of_the_name_that_was_typed(self):
        server = self.serve_over_tls("robot.example")
        with resolving_to("127.0.0.1"):
            request = Request(f"https://robot.example:{server.server_port}/send", {}, b"{}")
            self.assertEqual(post(request, allow_internal=True).status, 200)
            self.assertEqual(server.received[0].headers["Host"], f"robot.example:{server.server_port}")
            other = f"https://other.example:{server.server_port}/send"
            self.assertRefused("certificate", other, allow_internal=True)
        self.assertEqual(len(server.received), 1)

    def test_a_certificate_that_nobody_vouches_for_is_refused(self):
        server = self.serve_over_tls("robot.example")
        with resolving_to("127.0.0.1"), patch.object(outbound.certs, "where", requests_certificates):
            self.assertRefused("certificate", f"https://robot.example:{server.server_port}/x", allow_internal=True)
        self.assertRefused("unreachable", f"https://127.0.0.1:{self.server.server_port}/x", allow_internal=True)

    def test_proxies_of_the_environment_are_not_used(self):
        with patch.dict("os.environ", {"http_proxy": "http://127.0.0.1:9", "HTTP_PROXY": "http://127.0.0.1:9"}):
            answer = post(Request(f"{self.server.url}/x", {}, b"{}"), allow_internal=True)
        self.assertEqual(answer.status, 200)

    def test_the_host_is_named_as_it_was_typed(self):
        port = self.server.server_port
        with resolving_to("127.0.0.1"):
            post(Request(f"http://robot.example:{port}/x?y=1", {}, b"{}"), allow_internal=True)
        [request] = self.server.received
        self.assertEqual((request.headers["Host"], request.path), (f"robot.example:{port}", "/x?y=1"))

    def test_no_answer_leads_to_another_address(self):
        """A redirect to an address inside is not followed."""
        self.server.answer((307, {"Location": f"{self.server.url}/inside"}, b""), self.server.FINE)
        self.assertEqual(post(Request(f"{self.server.url}/x", {}, b"{}"), allow_internal=True).status, 307)
        self.assertEqual([request.path for request in self.server.received], ["/x"])

    @mute_logger(REFUSED)
    def test_a_channel_sends_nothing_inside_unless_an_administrator_allows_it(self):
        channel = self.make_channel()
        channel.write({"url": f"https://127.0.0.1:{self.server.server_port}/x", "allow_internal": False})
        message = self.queue(channel)
        self.deliver()
        self.assertFalse(self.server.received)
        self.assertIn("inside your own network", message.error)
        self.assertIn("inside your own network", channel.action_send_test()["params"]["message"])
        channel.write({"url": f"{self.server.url}/x", "allow_internal": True})
        self.make_due(message)
        self.deliver()
        self.assertEqual(message.state, "sent")

    def test_a_channel_without_the_tick_takes_https_only(self):
        with self.assertRaisesRegex(ValidationError, "^To send messages to .* begins with https://") as refusal:
            self.make_channel(url="http://robot.example/t0k3n-of-robot", allow_internal=False)
        self.assertNotIn("t0k3n", str(refusal.exception))

    def test_every_kind_of_address_is_classified(self):
        self.assertEqual(classify("8.8.8.8"), "public")
        self.assertEqual(classify("2001:4860:4860::8888"), "public")
        self.assertEqual(classify("2001:0:4136:e378:8000:63bf:3fff:fdd2"), "forbidden")
