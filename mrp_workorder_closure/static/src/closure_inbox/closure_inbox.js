import { rpcBus } from "@web/core/network/rpc";
import { useBus, useService } from "@web/core/utils/hooks";
import { patch } from "@web/core/utils/patch";
import { NavBar } from "@web/webclient/navbar/navbar";
import { useEffect, useState } from "@odoo/owl";

const APP = "mrp_workorder_closure.mrp_closure_menu_root";
const INBOX = "mrp_workorder_closure.mrp_closure_approval_menu_inbox";

/** The menu of the inbox says how many approvals wait for the user, while our application is open. */
patch(NavBar.prototype, {
    setup() {
        super.setup();
        this.closureOrm = useService("orm");
        this.closureInbox = useState({ count: 0 });
        // The name of the section gets longer or shorter: other sections may have to move.
        useEffect(
            () => {
                this.adapt();
            },
            () => [this.closureInbox.count]
        );
        useBus(this.env.bus, "ACTION_MANAGER:UI-UPDATED", () => this.countClosureInbox());
        useBus(rpcBus, "RPC:RESPONSE", ({ detail }) => {
            if (detail.data.params?.model === "mrp.closure.approve" && detail.data.params.method === "action_decide") {
                this.countClosureInbox();
            }
        });
    },

    async countClosureInbox() {
        if (this.currentApp?.xmlid === APP) {
            this.closureInbox.count = await this.closureOrm.silent.call(
                "mrp.closure.approval",
                "get_waiting_count",
                []
            );
        }
    },

    get currentAppSections() {
        const sections = super.currentAppSections;
        const count = this.closureInbox.count;
        if (!count || this.currentApp?.xmlid !== APP) {
            return sections;
        }
        return sections.map((section) =>
            section.xmlid === INBOX ? { ...section, name: `${section.name} (${count})` } : section
        );
    },
});
