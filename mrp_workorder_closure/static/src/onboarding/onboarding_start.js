import { useEffect, useExternalListener } from "@odoo/owl";
import { registry } from "@web/core/registry";
import { useBus, useService } from "@web/core/utils/hooks";
import { patch } from "@web/core/utils/patch";
import { TourPointer } from "@web_tour/js/tour_pointer/tour_pointer";
import { tourState } from "@web_tour/js/tour_state";

const TOUR = "mrp_workorder_closure_onboarding";

/** Odoo's own link, `?tour=`, starts nothing inside the web client and neither opens the first page nor ends with a word. */
registry.category("actions").add("mrp_closure_onboarding", async (env) => {
    const { rainbowManMessage } = await env.services.orm.call("web_tour.tour", "get_tour_json_by_name", [TOUR]);
    await env.services.action.doAction("mrp_workorder_closure.mrp_closure_template_action", {
        clearBreadcrumbs: true,
    });
    await env.services.tour_service.startTour(TOUR, { mode: "manual", redirect: false, rainbowManMessage });
});

patch(TourPointer.prototype, {
    setup() {
        super.setup();
        this.closureUi = useService("ui");
        useBus(this.closureUi.bus, "active-element-changed", () => this.render());
        // While the menu of a phone slides in, Odoo says where to scroll, or points at where it was.
        useExternalListener(window, "transitionend", ({ target }) => {
            if (tourState.getCurrentTour() === TOUR && target.matches(".o_app_menu_sidebar")) {
                this.props.pointerState.onClick?.();
                this.render();
            }
        });
        // What opens because the mouse, or the finger, is there already has no place yet: Odoo leaves it out of sight.
        useEffect(
            () => {
                if (tourState.getCurrentTour() === TOUR) {
                    this.props.pointerState.isOpen = false;
                }
            },
            () => [this.props.pointerState.anchor, this.isVisible]
        );
    },

    /** Odoo compares the dialog that opens with what was pointed at before it, and hides the pointer from then on. */
    get isVisible() {
        if (tourState.getCurrentTour() !== TOUR) {
            return super.isVisible;
        }
        const { anchor, isVisible } = this.props.pointerState;
        return isVisible && (!anchor || this.closureUi.activeElement.contains(anchor));
    },
});
