import { Component, onWillStart, useState } from "@odoo/owl";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { Layout } from "@web/search/layout";
import { standardActionServiceProps } from "@web/webclient/actions/action_service";

/** Figures of the quality of output; each opens the records it was made of. */
export class QualityDashboard extends Component {
    static template = "mrp_workorder_closure.QualityDashboard";
    static components = { Layout };
    static props = { ...standardActionServiceProps };

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
        this.periods = [30, 90, 365];
        this.display = { controlPanel: {} };
        this.state = useState({ days: 90, cards: [] });
        onWillStart(() => this.show(this.state.days));
    }

    async show(days) {
        this.state.cards = await this.orm.call("mrp.closure.quality", "get_cards", [days]);
        this.state.days = days;
    }

    open(action) {
        return this.action.doAction(action);
    }
}

registry.category("actions").add("mrp_workorder_closure.quality_dashboard", QualityDashboard);
