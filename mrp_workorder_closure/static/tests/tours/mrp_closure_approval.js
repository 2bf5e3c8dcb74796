import { registry } from "@web/core/registry";

function openDialog() {
    return [
        {
            content: "Open the dialog",
            trigger: ".o_form_view button[name=action_open_decision]:contains(Review and Decide)",
            run: "click",
        },
        {
            content: "It says where the closure waits",
            trigger: ".modal .o_field_widget[name=headline]:contains(submitted by)",
        },
    ];
}

function choose(decision) {
    return {
        content: `Choose: ${decision}`,
        trigger: `.modal .o_field_widget[name=verdict] label:contains(${decision})`,
        run: "click",
    };
}

function confirm(label) {
    return {
        content: label,
        trigger: `.modal button[name=action_decide]:contains(${label})`,
        run: "click",
    };
}

function stateIs(state) {
    return {
        content: `The closure is: ${state}`,
        trigger: `body:not(:has(.modal)) .o_statusbar_status .o_arrow_button_current:contains(${state})`,
    };
}

/** Whoever a level names, with no other right, approves with their signature after a look at all figures. */
registry.category("web_tour.tours").add("mrp_closure_approve", {
    steps: () => [
        {
            content: "The menu says how many wait",
            trigger: ".o_menu_sections [data-menu-xmlid='mrp_workorder_closure.mrp_closure_approval_menu_inbox']:contains((1))",
        },
        {
            content: "Open the closure from the inbox",
            trigger: ".o_list_view .o_data_row .o_data_cell[name=order_name]",
            run: "click",
        },
        ...openDialog(),
        {
            content: "What was conceded is in sight",
            trigger: ".modal .o_field_widget[name=deviations]:contains(Swept tomorrow)",
        },
        {
            content: "Everything else is one click away",
            trigger: ".modal .nav-link:contains(All Figures)",
            run: "click",
        },
        {
            content: "The consumption is there",
            trigger: ".modal .o_field_widget[name=all_figures]:contains(Leg: 40 Units)",
        },
        {
            content: "Sign",
            trigger: ".modal .o_field_widget[name=password] input[type=password]",
            run: "edit closure_paula",
        },
        confirm("Approve"),
        stateIs("Approved"),
        {
            content: "The trail says who approved",
            trigger: ".nav-link:contains(Approvals)",
            run: "click",
        },
        {
            content: "with the printed name",
            trigger: ".o_field_widget[name=approval_decision_ids] .o_data_row:contains(Paula) td[name=signed_name]:contains(Paula)",
        },
        {
            content: "Nothing waits any more",
            trigger:
                ".o_menu_sections [data-menu-xmlid='mrp_workorder_closure.mrp_closure_approval_menu_inbox']:not(:contains((1)))",
        },
    ],
});

registry.category("web_tour.tours").add("mrp_closure_turn_down", {
    steps: () => [
        ...openDialog(),
        choose("Turn Down"),
        {
            content: "Say why",
            trigger: ".modal .o_field_widget[name=comment] input",
            run: "edit Count the legs again",
        },
        confirm("Turn Down"),
        stateIs("Open"),
        {
            content: "The reason is in the trail",
            trigger: ".nav-link:contains(Approvals)",
            run: "click",
        },
        {
            content: "for everybody to read",
            trigger: ".o_field_widget[name=approval_decision_ids] .o_data_row:contains(Count the legs again)",
        },
    ],
});

registry.category("web_tour.tours").add("mrp_closure_approve_many", {
    steps: () => [
        {
            content: "Choose everything that waits",
            trigger: ".o_list_view thead .o_list_record_selector input",
            run: "click",
        },
        {
            content: "Decide about all of them",
            trigger: ".o_control_panel button:contains(Review and Decide)",
            run: "click",
        },
        {
            content: "One of them deviates",
            trigger: ".modal .o_field_widget[name=headline]:contains(On 1 of them)",
        },
        {
            content: "It has to be looked at, and ticked",
            trigger: ".modal .o_data_row:contains(Swept tomorrow) td[name=is_seen] input",
            run: "click",
        },
        confirm("Approve"),
        {
            content: "Nothing waits any more",
            trigger: "body:not(:has(.modal)) .o_view_nocontent:contains(Nothing waits)",
        },
    ],
});

/** The activity leads to the dialog, too; the same on a phone. */
registry.category("web_tour.tours").add("mrp_closure_approve_from_activity", {
    steps: () => [
        {
            content: "Decide from the activity",
            trigger: ".o-mail-Activity .o_closure_decide",
            run: "click",
        },
        confirm("Approve"),
        stateIs("Approved"),
        {
            content: "The activity is gone",
            trigger: "body:not(:has(.o-mail-Activity .o_closure_decide))",
        },
    ],
});

registry.category("web_tour.tours").add("mrp_closure_approve_phone", {
    steps: () => [
        {
            content: "Open what waits",
            trigger: ".o_kanban_view .o_kanban_record button[name=action_open_decision]",
            run: "click",
        },
        {
            content: "What was conceded is in sight",
            trigger: ".modal .o_field_widget[name=deviations]:contains(Swept tomorrow)",
        },
        confirm("Approve"),
        {
            content: "Nothing waits any more",
            trigger: "body:not(:has(.modal)) .o_view_nocontent:contains(Nothing waits)",
        },
    ],
});

registry.category("web_tour.tours").add("mrp_closure_force", {
    steps: () => [
        {
            content: "Close by force",
            trigger: ".o_form_view button[name=action_open_reason]:contains(Force Close)",
            run: "click",
        },
        {
            content: "The dialog says what is missing",
            trigger: ".modal .o_field_widget[name=missing]:contains(Tools are back)",
        },
        {
            content: "Say why",
            trigger: ".modal .o_field_widget[name=reason] input",
            run: "edit The customer waits",
        },
        {
            content: "Confirm",
            trigger: ".modal button[name=action_confirm]",
            run: "click",
        },
        {
            content: "It is marked for good",
            trigger: "body:not(:has(.modal)) .o_form_view .ribbon:contains(Forced)",
        },
    ],
});
