"""The stage that lives through the life of an installation, on databases of its own.

History first, then the addon, uninstalled and installed again; and a dump of the first version, its closures open,
upgraded to the code as it is now.
"""

from console import Failure, say
from databases import REPOSITORY
from layers import PLAIN
from life import Life
from tally import Tally
from upgrade import upgrade_from_first_version

STORY = REPOSITORY / "dev" / "life_story.py"


def install_uninstall_reinstall(workshop):
    """A factory with history installs the addon, drops it, and takes it up again."""
    life = Life(workshop, "Life cycle", STORY)

    def begin(name):
        with workshop.cache.lock():
            workshop.databases.copy(workshop.layers.base(PLAIN), name)

    with life.lived(begin):
        life.tell("make_history")
        life.load("installing over history")
        life.tell("use_installed")
        life.tell("uninstall")
        life.tell("use_without")
        life.load("installing again")
        life.tell("use_again")
    return life.tally


def life_cycle(workshop):
    say("\n== The life of an installation")
    total = Tally()
    for story in (install_uninstall_reinstall, upgrade_from_first_version):
        try:
            total.add(story(workshop))
        except Failure as failure:
            say(f"  {failure}")
            total.failed.append(str(failure))
    return total
