import { registry } from "@web/core/registry";

/** A manager reads the closure dashboard and follows a figure and a bar down to an order. */
registry.category("web_tour.tours").add("mrp_closure_dashboard", {
    steps: () => [
        {
            content: "one order was closed",
            trigger: ".o_closure_dashboard [data-tile=closed]:contains(Orders Closed):contains(1)",
        },
        {
            content: "it was turned down first",
            trigger: ".o_closure_dashboard [data-tile=first_pass_approval]:contains(0 %)",
        },
        {
            content: "the drawing says in words what it shows",
            trigger: ".o_closure_dashboard [data-chart=waiting] canvas[aria-label*='Level 1']",
        },
        {
            content: "open the orders behind a figure",
            trigger: ".o_closure_dashboard [data-tile=closed]",
            run: "click",
        },
        {
            content: "it is the table, and leads to its closure",
            trigger: ".o_list_view .o_data_row .o_data_cell:contains(Table)",
            run: "click",
        },
        {
            content: "that is the closed closure",
            trigger: ".o_form_view .o_statusbar_status button.o_arrow_button_current:contains(Closed)",
        },
        {
            content: "go back to the dashboard",
            trigger: ".o_breadcrumb a:contains(Closure Dashboard), .o_back_button:contains(Closure Dashboard)",
            run: "click",
        },
        {
            content: "the same figures as a table",
            trigger: ".o_closure_dashboard [data-chart=blockers] summary",
            run: "click",
        },
        {
            content: "a bar opens what it is made of, without a mouse",
            trigger: ".o_closure_dashboard [data-chart=blockers] tbody button:contains(Area is tidy)",
            run: "click",
        },
        {
            content: "the check that failed",
            trigger: ".o_list_view .o_data_row .o_data_cell:contains(Area is tidy)",
        },
        {
            content: "back once more",
            trigger: ".o_breadcrumb a:contains(Closure Dashboard), .o_back_button:contains(Closure Dashboard)",
            run: "click",
        },
        {
            content: "choose another period",
            trigger: ".o_closure_dashboard button:contains(365 days)",
            run: "click",
        },
        {
            content: "a year is shown by month",
            trigger: ".o_closure_dashboard [data-chart=closed] h2:contains(Closed per Month)",
        },
    ],
});

/** Where nothing was closed yet, the dashboard says what to do. */
registry.category("web_tour.tours").add("mrp_closure_dashboard_empty", {
    steps: () => [
        {
            content: "nothing was closed",
            trigger: ".o_closure_dashboard [role=status]:contains(No order was closed in this period.)",
        },
        {
            content: "choose another period",
            trigger: ".o_closure_dashboard button:contains(30 days)",
            run: "click",
        },
        {
            content: "it says so still",
            trigger: ".o_closure_dashboard button.active:contains(30 days)",
        },
    ],
});

/** On a phone: the figures, and a bar that opens its records. */
registry.category("web_tour.tours").add("mrp_closure_dashboard_phone", {
    steps: () => [
        {
            content: "a figure",
            trigger: ".o_closure_dashboard [data-tile=closed]:contains(1)",
        },
        {
            content: "the figures of a chart as a table",
            trigger: ".o_closure_dashboard [data-chart=waiting] summary",
            run: "click",
        },
        {
            content: "a level opens its approvals",
            trigger: ".o_closure_dashboard [data-chart=waiting] tbody button:contains(Level 1)",
            run: "click",
        },
        {
            content: "there they are",
            trigger: ".o_list_view .o_data_row .o_data_cell:contains(Level 1)",
        },
        {
            content: "back",
            trigger: ".o_back_button",
            run: "click",
        },
        {
            content: "the dashboard is there again",
            trigger: ".o_closure_dashboard [data-tile=closed]",
        },
    ],
});
