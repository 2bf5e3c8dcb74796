from odoo import models

from ..tools import get_secret_texts, scrub


class MrpClosureMessage(models.Model):
    """Why a message was not taken, as a sentence that says what to do and nothing of the address."""

    _inherit = "mrp.closure.message"

    def _describe_failure(self, error):
        """A sentence for the queue, in the language of the channel, without anything of the address."""
        channel = self.channel_id
        secrets = get_secret_texts(channel.url, channel.secret)
        values = {name: scrub(str(value), secrets) for name, value in error.values.items()}
        return self.with_context(lang=channel._get_languages()[0])._get_failure_text(error.code, values)

    def _get_failure_text(self, code, values):
        """The sentence for the code of a DeliveryError."""
        return {
            "address": self.env._("The address is not complete: enter it as the robot's settings show it."),
            "scheme": self.env._(
                "The address has to begin with https://: nothing is sent in the open to public addresses."
            ),
            "internal_address": self.env._(
                "The address lies inside your own network: an administrator has to allow internal addresses."
            ),
            "forbidden_address": self.env._("The address is one that messages are never sent to."),
            "unknown_host": self.env._("There is no server of that name."),
            "unreachable": self.env._("The server did not take the connection."),
            "certificate": self.env._("The server's certificate is not valid for its name."),
            "timeout": self.env._("The server did not answer in time."),
            "status": self.env._("The server answered with status %(status)s.", status=values.get("status")),
            "redirect": self.env._(
                "The server answered with a redirect, which is not followed: enter the address it leads to."
            ),
            "too_fast": self.env._("The server asked for a pause: too many messages in a short time."),
            "answer_code": self.env._(
                "The robot answered %(number)s: %(text)s", number=values.get("number"), text=values.get("text")
            ),
            "answer_unclear": self.env._("The answer is not that of a robot."),
            "nobody": self.env._("Nobody to write to: the recipients have no email address."),
            "mail": self.env._("The mail could not be sent: %(text)s", text=values.get("text")),
            "unexpected": self.env._("Something unexpected went wrong: %(name)s.", name=values.get("name")),
        }[code]
