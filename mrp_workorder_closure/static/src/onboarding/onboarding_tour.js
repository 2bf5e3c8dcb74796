import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";

/** The product that is chosen when nobody sits at the screen. */
const PRODUCT = "First Gated Product";

function chooseProduct(field, content) {
    const step = { trigger: `.o_field_widget[name=${field}] input`, content, tooltipPosition: "bottom" };
    return [
        {
            // A phone shows the products on a page of their own: there is nothing to type.
            ...step,
            isActive: ["manual", "mobile"],
            run: "click",
        },
        {
            ...step,
            isActive: ["desktop"],
            run: `edit ${PRODUCT}`,
        },
        {
            isActive: ["auto"],
            trigger: `.ui-menu-item > a:contains(${PRODUCT})`,
            run: "click",
        },
    ];
}

/** From the installation to the first order that cannot be finished before its checks are answered. */
registry.category("web_tour.tours").add("mrp_workorder_closure_onboarding", {
    url: "/odoo/closure-templates",
    steps: () => [
        {
            // On a phone the library is behind this button.
            isActive: ["manual", "mobile"],
            trigger: ".o-control-panel-adaptive-dropdown",
            content: _t("A template says what must hold before an order may close. Start from a ready one."),
            tooltipPosition: "bottom",
            run: "click",
        },
        {
            trigger: ".o_closure_library",
            content: _t("A template says what must hold before an order may close. Start from a ready one."),
            tooltipPosition: "bottom",
            run: "click",
        },
        {
            isActive: ["auto"],
            trigger: ".modal .o_kanban_record:first [name=action_use]",
            run: "click",
        },
        {
            // Whichever is chosen: the tour goes on.
            isActive: ["manual"],
            trigger: ".modal .o_kanban_renderer",
            content: _t("Choose the one that is nearest to what you make. You can change everything later."),
            tooltipPosition: "top",
            run: "click",
        },
        ...chooseProduct("product_ids", _t("Choose a product that you make: its orders will be covered.")),
        {
            trigger: ".o_field_widget[name=product_ids] .o_tag",
        },
        {
            trigger: "button[name=action_activate]",
            content: _t("Activate the template. Orders that are confirmed from now on have to meet it."),
            tooltipPosition: "bottom",
            run: "click",
        },
        {
            trigger: "button[name=action_apply_to_open_orders]",
        },
        {
            trigger: ".o_navbar_apps_menu button:enabled, .o_menu_toggle",
            content: _t("Now make an order, as your planners do."),
            tooltipPosition: "bottom",
            run: "click",
        },
        {
            // A phone shows the pages of this application first.
            isActive: ["manual", "mobile"],
            trigger: ".o_app_menu_sidebar .o_sidebar_topbar .btn-primary",
            content: _t("Now make an order, as your planners do."),
            tooltipPosition: "bottom",
            run: "click",
        },
        {
            trigger: '.o_app[data-menu-xmlid="mrp.menu_mrp_root"]',
            content: _t("Now make an order, as your planners do."),
            tooltipPosition: "bottom",
            run: "click",
        },
        {
            trigger: ".o_list_button_add, .o-kanban-button-new",
            content: _t("A new manufacturing order."),
            tooltipPosition: "bottom",
            run: "click",
        },
        ...chooseProduct("product_id", _t("Choose the same product. Without components, Odoo asks once more before it goes on.")),
        {
            isActive: ["auto"],
            trigger: `.o_field_widget[name=product_id] input:value(${PRODUCT})`,
        },
        {
            isActive: ["auto"],
            trigger: ".o_field_widget[name=move_raw_ids] .o_data_row",
        },
        {
            trigger: ".o_statusbar_buttons button[name=action_confirm]",
            content: _t("Confirm it: the order gets its closure, with all checks."),
            tooltipPosition: "bottom",
            run: "click",
        },
        {
            trigger: ".o_statusbar_buttons button[name=button_mark_done]",
            content: _t("Try to finish it at once, as somebody in a hurry would."),
            tooltipPosition: "bottom",
            run: "click",
        },
        {
            trigger: ".o_error_dialog .modal-footer .btn-primary",
            content: _t("The order is refused: each missing check is named, with who answers it. See them."),
            tooltipPosition: "top",
            run: "click",
        },
        {
            trigger: ".o_form_view .o_field_widget[name=check_ids]",
        },
    ],
});
