import { registry } from "@web/core/registry";

const markAsDone = "button[name=button_mark_done]:contains(Produce All)";

function answer(requirement) {
    const row = `.o_field_widget[name=check_ids] .o_data_row:contains(${requirement})`;
    return [
        {
            content: `"${requirement}" is still to do`,
            trigger: `${row} .badge:contains(To Do)`,
        },
        {
            content: `Answer "${requirement}"`,
            trigger: `${row} button[name=action_pass]`,
            run: "click",
        },
        {
            content: `"${requirement}" is passed`,
            trigger: `${row} .badge:contains(Passed)`,
        },
    ];
}

registry.category("web_tour.tours").add("mrp_workorder_closure_operator", {
    steps: () => [
        {
            content: "The order says what is missing before anybody presses a button",
            trigger: ".alert [name=closure_blocker_message]:contains(Area is tidy):contains(Tools are back)",
        },
        {
            content: "The status button counts the checks",
            trigger: "button[name=action_open_closure]:contains(0 of 2)",
        },
        {
            content: "Produce all of it",
            trigger: markAsDone,
            run: "click",
        },
        {
            content: "The order is refused, with every check that is missing and who answers for it",
            trigger: ".modal:contains(Area is tidy):contains(Tools are back):contains(Olga Operator)",
        },
        {
            content: "Go to what is missing",
            trigger: ".modal button:contains(Show what is missing)",
            run: "click",
        },
        ...answer("Area is tidy"),
        ...answer("Tools are back"),
        {
            content: "Nothing is missing any more",
            trigger: ".o_form_view:has([name=check_ids]):not(:has(.alert [name=blocker_message]))",
        },
        {
            content: "Back to the order",
            trigger: "button[name=action_open_production]",
            run: "click",
        },
        {
            content: "The banner is gone from the order",
            trigger: ".o_form_view:has([name=move_raw_ids]):not(:has(.alert [name=closure_blocker_message]))",
        },
        {
            content: "Produce all of it, again",
            trigger: markAsDone,
            run: "click",
        },
        {
            content: "The order is done",
            trigger: ".o_statusbar_status button.o_arrow_button_current:contains(Done)",
        },
    ],
});
