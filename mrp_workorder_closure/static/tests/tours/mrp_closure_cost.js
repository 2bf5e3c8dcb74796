import { registry } from "@web/core/registry";

/** Finance, with no right on manufacturing: why orders cost more, what is at stake, and the release of an order. */
registry.category("web_tour.tours").add("mrp_closure_cost", {
    steps: () => [
        {
            content: "The analysis tells causes",
            trigger: ".o_pivot_view th:contains(Material Usage)",
        },
        {
            content: "Look at the lines",
            trigger: ".o_cp_switch_buttons .o_switch_view.o_list",
            run: "click",
        },
        {
            content: "A line leads to its order",
            trigger: ".o_list_view .o_data_row:contains(Leg) .o_data_cell[name=item]",
            run: "click",
        },
        {
            content: "Open what it cost",
            trigger: ".o_form_view .nav-link[name=cost]",
            run: "click",
        },
        {
            content: "It was posted",
            trigger: ".o_form_view .o_field_widget[name=cost_sheet]:contains(Standard Unit Cost)",
        },
        {
            content: "Open the menu of costs",
            trigger: "[data-menu-xmlid='mrp_workorder_closure.mrp_closure_cost_menu']",
            run: "click",
        },
        {
            content: "What is finished and not closed",
            trigger: ".o-dropdown--menu [data-menu-xmlid='mrp_workorder_closure.mrp_closure_menu_not_closed']",
            run: "click",
        },
        {
            content: "with the value at stake",
            trigger: ".o_list_view:has(th:contains(Value at Stake)) .o_data_cell[name=actual_cost]:contains(551.00)",
            run: "click",
        },
        {
            content: "Decide about it",
            trigger: ".o_form_view button[name=action_open_decision]:contains(Review and Decide)",
            run: "click",
        },
        {
            content: "What would be posted is on the dialog",
            trigger: ".modal .nav-link[name=cost]",
            run: "click",
        },
        {
            content: "by cause, against the standard and the orders before",
            trigger: ".modal .o_field_widget[name=cost_sheet]:contains(Last Ten Orders, per Unit):contains(Material Usage)",
        },
        {
            content: "Release it",
            trigger: ".modal button[name=action_decide]:contains(Approve)",
            run: "click",
        },
        {
            content: "It is approved",
            trigger: "body:not(:has(.modal)) .o_statusbar_status .o_arrow_button_current:contains(Approved)",
        },
    ],
});
