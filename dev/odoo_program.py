"""Odoo's own command line as a file: a server with workers starts itself again by its file's name."""

from odoo.cli.command import main

if __name__ == "__main__":
    main()
