import { onWillStart, useState } from "@odoo/owl";
import { loadBundle } from "@web/core/assets";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";

import { PeriodDashboard } from "../dashboard/period_dashboard";
import { ClosureChart } from "./closure_chart";

/** What a plant manager reads in a minute: figures against the period before, and where the time goes. */
export class ClosureDashboard extends PeriodDashboard {
    static template = "mrp_workorder_closure.ClosureDashboard";
    static components = { ...PeriodDashboard.components, ClosureChart };

    setup() {
        super.setup();
        this.filter = useState({ categoryId: 0, workcenterId: 0 });
        this.state.dashboard = null;
        onWillStart(() => loadBundle("web.chartjs_lib"));
        // Not awaited: the page says that it is loading.
        this.show(this.state.days);
    }

    get filters() {
        const { categories, workcenters } = this.state.dashboard;
        return [
            { key: "categoryId", label: _t("Product Category"), all: _t("All categories"), choices: categories },
            { key: "workcenterId", label: _t("Work Center"), all: _t("All work centers"), choices: workcenters },
        ].filter(({ choices }) => choices.length > 1);
    }

    async load(days) {
        const { categoryId, workcenterId } = this.filter;
        const options = { days, category_id: categoryId, workcenter_id: workcenterId };
        return { dashboard: await this.orm.call("mrp.closure.dashboard", "get_dashboard", [], options) };
    }

    choose(key, value) {
        this.filter[key] = Number(value);
        return this.show(this.state.days);
    }

    /** Colour and sign of a change; what it means stands beside it in words. */
    getTrendClass(trend) {
        return { better: "text-success", worse: "text-danger" }[trend] || "text-muted";
    }

    getTrendIcon(tile) {
        if (!["better", "worse"].includes(tile.trend)) {
            return "";
        }
        return tile.trend === "better" ? "fa fa-check-circle" : "fa fa-exclamation-triangle";
    }
}

registry.category("actions").add("mrp_workorder_closure.closure_dashboard", ClosureDashboard);
