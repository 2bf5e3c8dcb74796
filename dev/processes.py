"""Child processes that never outlive us and whose output is kept for the one who asks."""

import contextlib
import os
import shutil
import signal
import subprocess
from pathlib import Path

from console import Failure

NO_SPACE = "No space left on device"
SECONDS_TO_STOP = 20


def _leashed(command):
    """The command, told by the kernel to stop when this process dies (even by SIGKILL)."""
    leash = shutil.which("setpriv")
    return [leash, "--pdeathsig", "TERM", *command] if leash else list(command)


def start(command, log=None, stdin=subprocess.DEVNULL, **options):
    """Start a child in a group of its own, so that Ctrl-C reaches it through us only."""
    output = {"stdout": log, "stderr": subprocess.STDOUT} if log else {}
    return subprocess.Popen(
        _leashed(list(map(str, command))),
        stdin=stdin,
        start_new_session=True,
        **output,
        **options,
    )


def stop(child, signum=signal.SIGTERM):
    """Stop a child and all it started: kindly first, by force after a while."""
    if child.poll() is None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(child.pid, signum)
        with contextlib.suppress(subprocess.TimeoutExpired):
            child.wait(SECONDS_TO_STOP)
    with contextlib.suppress(ProcessLookupError):
        os.killpg(child.pid, signal.SIGKILL)
    child.wait()


def finish(child):
    """Wait for a child; whatever interrupts us stops it first. Returns its exit code."""
    try:
        return child.wait()
    finally:
        stop(child)


def run(command, log_path, goal, advice="", **options):
    """Run a command to its end with its output in a file; a failure is one sentence."""
    log_path = Path(log_path)
    log_path.parent.mkdir(parents=True, exist_ok=True)
    with log_path.open("w") as log:
        code = finish(start(command, log, **options))
    if code:
        raise Failure(failure_sentence(log_path, goal, advice))
    return log_path.read_text(errors="replace")


def failure_sentence(log_path, goal, advice=""):
    """Say why a command failed, as far as its log tells."""
    text = log_path.read_text(errors="replace")
    if NO_SPACE in text:
        return f"To {goal}, free some disk space, or name a cache folder on another disk with CLOSURE_CACHE."
    advice = advice or "read what went wrong"
    last = next((line.strip() for line in reversed(text.splitlines()) if line.strip()), "")
    return f"To {goal}, {advice} (log: {log_path}; its last line: {last[:300]})."
