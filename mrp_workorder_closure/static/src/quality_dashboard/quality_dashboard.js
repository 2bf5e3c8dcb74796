import { onWillStart } from "@odoo/owl";
import { registry } from "@web/core/registry";

import { PeriodDashboard } from "../dashboard/period_dashboard";

/** Figures of the quality of output; each opens the records it was made of. */
export class QualityDashboard extends PeriodDashboard {
    static template = "mrp_workorder_closure.QualityDashboard";

    setup() {
        super.setup();
        this.state.cards = [];
        onWillStart(() => this.show(this.state.days));
    }

    async load(days) {
        return { cards: await this.orm.call("mrp.closure.quality", "get_cards", [days]) };
    }
}

registry.category("actions").add("mrp_workorder_closure.quality_dashboard", QualityDashboard);
