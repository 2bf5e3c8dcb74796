"""What the user sees: steps with a heartbeat, and one sentence when it goes wrong."""

import contextlib
import errno
import signal
import sys
import threading
import time

HEARTBEAT_SECONDS = 10


class Failure(Exception):
    """Something the user can mend. The text says how: "To <goal>, <do this>."."""


class Stopped(BaseException):
    """The user or the system asked us to stop (Ctrl-C, SIGTERM, a closed terminal)."""


def say(text=""):
    print(text, flush=True)


@contextlib.contextmanager
def step(title, progress=None):
    """Announce a step, show every few seconds that it lives, and say how long it took.

    `progress` is an optional function that returns a word on how far it got.
    """
    say(f"- {title} ...")
    began = time.monotonic()
    done = threading.Event()

    def beat():
        while not done.wait(HEARTBEAT_SECONDS):
            word = f", {progress()}" if progress else ""
            say(f"    still at it: {time.monotonic() - began:.0f} s{word}")

    heart = threading.Thread(target=beat, daemon=True)
    heart.start()
    try:
        yield
    finally:
        done.set()
        heart.join()
    say(f"    done in {time.monotonic() - began:.0f} s")


def _on_stop_signals(handler):
    for signum in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(signum, handler)


def _raise_stopped(_signum, _frame):
    _on_stop_signals(signal.SIG_IGN)  # nothing interrupts the clean-up that follows
    raise Stopped


def run_main(main):
    """Run `main` and exit with its code; a failure is one sentence, never a traceback.

    The signals that mean "stop" become one exception, so that all clean-up runs.
    """
    _on_stop_signals(_raise_stopped)
    try:
        code = main()
    except Failure as failure:
        say()
        print(failure, file=sys.stderr, flush=True)
        code = 1
    except Stopped:
        say()
        say("Stopped; nothing is left running.")
        code = 130
    except OSError as error:
        say()
        print(sentence_for(error), file=sys.stderr, flush=True)
        code = 1
    sys.exit(code)


def sentence_for(error):
    """The sentence for an error of the operating system."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return (
            "To go on, free some disk space (a complete set-up needs about 4 GB), "
            "or name a cache folder on another disk with CLOSURE_CACHE."
        )
    where = f" ({error.filename})" if error.filename else ""
    return f"To go on, mend what the system refused: {error.strerror or error}{where}."
