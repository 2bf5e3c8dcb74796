import { Component, useState } from "@odoo/owl";
import { KeepLast } from "@web/core/utils/concurrency";
import { useService } from "@web/core/utils/hooks";
import { Layout } from "@web/search/layout";
import { standardActionServiceProps } from "@web/webclient/actions/action_service";

/** A page of figures of a period; each opens the records it was made of. Subclasses load the figures. */
export class PeriodDashboard extends Component {
    static components = { Layout };
    static props = { ...standardActionServiceProps };

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
        this.periods = [30, 90, 365];
        this.display = { controlPanel: {} };
        this.keepLast = new KeepLast();
        this.state = useState({ days: 90, isLoading: true });
    }

    /** Figures of a period, as plain data to show: the part of the state that they replace. */
    async load(days) {
        throw new Error("load() is missing");
    }

    /** Show another period; of several that are asked for in a row, the last one stays. */
    async show(days) {
        this.state.days = days;
        this.state.isLoading = true;
        try {
            Object.assign(this.state, await this.keepLast.add(this.load(days)));
        } finally {
            this.state.isLoading = false;
        }
    }

    open(action) {
        return this.action.doAction(action);
    }
}
