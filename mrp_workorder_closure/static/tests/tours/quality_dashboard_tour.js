import { registry } from "@web/core/registry";

/** An inspector reads the quality dashboard and follows a bar down to one result. */
registry.category("web_tour.tours").add("mrp_closure_quality_dashboard", {
    steps: () => [
        {
            content: "half of the lots were accepted at once",
            trigger: ".o_closure_quality [data-card=first_pass]:contains(50 %)",
        },
        {
            content: "the worst characteristic comes first",
            trigger: ".o_closure_quality [data-card=characteristic] button.d-block:first:contains(Colour)",
            run: "click",
        },
        {
            content: "its results are listed",
            trigger: ".o_list_view .o_data_row .o_data_cell:contains(Colour)",
            run: "click",
        },
        {
            content: "and lead to one result",
            trigger: ".o_form_view .o_field_widget[name=display_name]:contains(Colour)",
        },
        {
            content: "go back to the dashboard",
            trigger: ".o_breadcrumb a:contains(Quality Dashboard), .o_back_button:contains(Quality Dashboard)",
            run: "click",
        },
        {
            content: "choose another period",
            trigger: ".o_closure_quality button:contains(30 days)",
            run: "click",
        },
        {
            content: "it is the same: everything happened today",
            trigger: ".o_closure_quality button.active:contains(30 days)",
        },
        {
            content: "the open nonconformity",
            trigger: ".o_closure_quality [data-card=age] button:contains(Up to 7 Days)",
            run: "click",
        },
        {
            content: "is one click away",
            trigger: ".o_list_view .o_data_row .o_data_cell:contains(Table)",
        },
    ],
});
