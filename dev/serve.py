"""`./run`: serve Odoo 19 with the addon and its demo factory."""

import argparse
import contextlib
import errno
import re
import socket
import time
import urllib.error
import urllib.request

import processes
from cache import Cache, digest
from console import Failure, run_main, say, step
from databases import PREFIX, REPOSITORY
from ground import VARIABLES, add_options, ground
from layers import ADDON, ADDON_FOLDER, DEMO, addon_key

WELCOME = ADDON_FOLDER / "demo" / "WELCOME.txt"
LANGUAGE = re.compile(r"[a-z]{2,3}(_[A-Za-z]{2,4})?(@[a-z]+)?")
SECONDS_TO_START = 300
# Built on first use; asking for them early makes the first page appear at once.
FIRST_PAGE = (
    "/web/assets/any/web.assets_web.min.js",
    "/web/assets/any/web.assets_web.min.css",
    "/web/login",
)

# Orders keep the words of the template they began with: which table, which words, from which record of which table.
REQUIREMENT = ("name", "instructions", "unit")
KEPT_WORDS = (
    ("mrp_closure_check", REQUIREMENT, "point_id", "mrp_closure_point"),
    ("mrp_closure_inspection", ("name",), "point_id", "mrp_closure_point"),
    ("mrp_closure_inspection_line", REQUIREMENT, "characteristic_id", "mrp_closure_characteristic"),
    ("mrp_closure_approval", ("name",), "level_id", "mrp_closure_level"),
)


def parse_options():
    parser = argparse.ArgumentParser(
        prog="./run",
        description="Serve Odoo 19 with the addon and its demo factory; Ctrl-C stops everything.",
        epilog=VARIABLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add_options(parser)
    parser.add_argument("--port", type=int, default=8069, help="port of the web client (8069)")
    parser.add_argument(
        "--interface",
        default="127.0.0.1",
        help="address to listen on (127.0.0.1: this machine only; the demo passwords are known)",
    )
    parser.add_argument("--lang", metavar="CODE", help="language of the demo users, like zh_CN")
    parser.add_argument("--fresh", action="store_true", help="make the demo database anew")
    parser.add_argument("--setup-only", action="store_true", help="fetch and build everything, then stop")
    options = parser.parse_args()
    if options.lang and not LANGUAGE.fullmatch(options.lang):
        parser.error(f"--lang takes a code like zh_CN or de_DE, not {options.lang}")
    return options


def refuse_taken_port(interface, port):
    """Say early what would otherwise fail after minutes of set-up."""
    if not 0 < port < 65536:
        raise Failure("To serve the web client, choose a --port from 1 to 65535.")
    try:
        family, *_rest, address = socket.getaddrinfo(interface, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, socket.SOCK_STREAM) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise Failure(
                f"To serve the web client, free port {port}, which another program uses, "
                f"or choose another: ./run --port {port + 1}"
            ) from None
        raise Failure(
            f"To serve the web client, choose another --port or --interface: "
            f"{interface}:{port} cannot be used ({error})."
        ) from None


class DemoDatabase:
    """The database that the user plays with: made once, updated when the addon changes."""

    def __init__(self, databases, layers):
        self.databases = databases
        self.layers = layers
        self.name = f"{PREFIX}demo_{digest(REPOSITORY)}"
        self.state = databases.cache.folder("state") / self.name

    def bring_up_to_date(self, fresh, language):
        if fresh:
            self.databases.drop(self.name)
        if not self.databases.exists(self.name):
            base = self.layers.base(DEMO)
            title = "Installing the addon and its demo factory"
            self.databases.build(self.name, [ADDON], title, base, demo=True)
        elif not self._is_current():
            title = "Updating the addon, whose files have changed"
            self.databases.install(self.name, [ADDON], title, update=True)
        self.state.write_text(addon_key())
        if language:
            self._speak(language)

    def _is_current(self):
        return self.state.exists() and self.state.read_text() == addon_key()

    def _speak(self, language):
        """Load a language and give it to every user."""
        sql = self.databases.connection.sql
        loaded = f"SELECT 1 FROM res_lang WHERE active AND code = '{language}'"
        if not sql(loaded, self.name):
            log = self.databases.log_path(f"{self.name}-language")
            command = self.databases.command(
                *("i18n", "loadlang", "--config", self.databases.config),
                *("--database", self.name, "--languages", language),
            )
            with step(f"Loading the language {language}"):
                variables = self.databases.variables()
                processes.run(command, log, f"load {language}", env=variables)
            self._translate_kept_words(language)
        sql(
            f"UPDATE res_partner SET lang = '{language}' WHERE id IN (SELECT partner_id FROM res_users WHERE active)",
            self.name,
        )

    def _translate_kept_words(self, language):
        """The demo orders were made before the language was there; whoever tries it reads them in it all the same."""
        updates = [
            f"UPDATE {table} t SET {word} = s.{word} || t.{word} FROM {source} s "
            f"WHERE s.id = t.{reference} AND s.{word} ? '{language}' AND s.{word}->>'en_US' = t.{word}->>'en_US'"
            for table, words, reference, source in KEPT_WORDS
            for word in words
        ]
        self.databases.connection.sql("; ".join(updates), self.name)


class WebServer:
    """Odoo serving one database until somebody stops it."""

    def __init__(self, databases, name, options):
        self.url = f"http://{_host_for_browser(options.interface)}:{options.port}"
        self.log_path = databases.log_path("serve")
        self.variables = databases.variables()
        self.command = databases.command(
            *("--config", databases.config, "--database", name, "--db-filter", f"^{name}$"),
            *("--http-interface", options.interface, "--http-port", str(options.port)),
            *("--max-cron-threads", "1"),
        )

    @contextlib.contextmanager
    def running(self):
        with self.log_path.open("w") as log:
            child = processes.start(self.command, log, env=self.variables)
        try:
            with step("Starting Odoo and building the first page"):
                self._wait_until_ready(child)
            yield child
        finally:
            processes.stop(child)

    def _wait_until_ready(self, child):
        deadline = time.monotonic() + SECONDS_TO_START
        waiting = list(FIRST_PAGE)
        while waiting:
            if child.poll() is not None or time.monotonic() > deadline:
                raise Failure(processes.failure_sentence(self.log_path, "serve the web client"))
            try:
                with urllib.request.urlopen(self.url + waiting[0], timeout=SECONDS_TO_START):
                    waiting.pop(0)
            except urllib.error.HTTPError as error:
                raise Failure(
                    f"To serve the web client, read in {self.log_path} why {waiting[0]} answers {error.code}."
                ) from None
            except OSError:
                time.sleep(0.5)


def _host_for_browser(interface):
    return "localhost" if interface in ("127.0.0.1", "0.0.0.0", "::", "::1") else interface


def main():
    options = parse_options()
    refuse_taken_port(options.interface, options.port)
    cache = Cache()
    say(f"Everything that is fetched or built goes to {cache.root}")
    with ground(options, cache) as (databases, layers):
        demo = DemoDatabase(databases, layers)
        with cache.lock():
            demo.bring_up_to_date(options.fresh, options.lang)
        if options.setup_only:
            return 0
        server = WebServer(databases, demo.name, options)
        with server.running() as child:
            welcome = WELCOME.read_text() if WELCOME.exists() else ""
            say(f"\nOpen {server.url} in a browser.  (Ctrl-C stops everything.)\n\n{welcome}")
            child.wait()
            raise Failure(processes.failure_sentence(server.log_path, "go on serving"))


if __name__ == "__main__":
    run_main(main)
