"""The people of the load test at work: a program that is given a job, and writes down what they were told."""

import json
import sys
import time
from pathlib import Path

from load_person import Notebook
from load_roles import KINDS


def main(path):
    """Work as the file at ``path`` says, then write there what people were told."""
    job = json.loads(Path(path).read_text())
    notebook = Notebook(job["orders"])
    begun = time.monotonic()
    people = [
        KINDS[role](job, login, notebook, begun + 60 * job["minutes"])
        for role, logins in job["users"].items()
        for login in logins
    ]
    for person in people:
        person.start()
    for person in people:
        person.join()
    Path(path).write_text(json.dumps({**notebook.as_dict(), "seconds": time.monotonic() - begun}))


if __name__ == "__main__":
    main(*sys.argv[1:])
