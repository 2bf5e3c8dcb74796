import { registry } from "@web/core/registry";

const PIXEL =
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";

function row(requirement) {
    return `.o_field_widget[name=check_ids] .o_data_row:contains(${requirement})`;
}

function isShown(requirement, state) {
    return {
        content: `"${requirement}" is ${state}`,
        trigger: `body:not(:has(.modal)) ${row(requirement)} .o_field_badge:contains(${state})`,
    };
}

function openAnswer(requirement) {
    return {
        content: `Answer "${requirement}"`,
        trigger: `${row(requirement)} button[name=action_open_answer]`,
        run: "click",
    };
}

function measure(requirement, value, state) {
    return [
        openAnswer(requirement),
        {
            content: "The dialog shows the limits",
            trigger: ".modal .o_field_widget[name=limits]:contains(180.0 °C to 200.0 °C)",
        },
        {
            content: `Enter ${value}`,
            trigger: ".modal .o_field_widget[name=value] input",
            run: `edit ${value}`,
        },
        {
            content: "Save it",
            trigger: ".modal button[name=action_met]:contains(Save)",
            run: "click",
        },
        isShown(requirement, state),
    ];
}

function takePhoto(requirement) {
    return [
        {
            content: "The camera button is there",
            trigger: `${row(requirement)} .o_closure_photo`,
        },
        {
            content: "Take the photo",
            trigger: `${row(requirement)} input[type=file][capture=environment]:not(:visible)`,
            run: ({ anchor }) => {
                const bytes = Uint8Array.from(atob(PIXEL), (char) => char.charCodeAt(0));
                const files = new DataTransfer();
                files.items.add(new File([bytes], "camera.png", { type: "image/png" }));
                anchor.files = files.files;
                anchor.dispatchEvent(new Event("change"));
            },
        },
    ];
}

registry.category("web_tour.tours").add("mrp_workorder_closure_measure", {
    steps: () => [
        {
            content: "What the system evaluates has no buttons",
            trigger: `${row("Operations are over")}:not(:has(button[name=action_pass], button[name=action_open_answer]))`,
        },
        ...measure("Oven", 150, "Failed"),
        ...measure("Oven", 190, "Passed"),
    ],
});

registry.category("web_tour.tours").add("mrp_workorder_closure_photo", {
    steps: () => [...takePhoto("Picture"), isShown("Picture", "Passed")],
});

registry.category("web_tour.tours").add("mrp_workorder_closure_signed_photo", {
    steps: () => [
        ...takePhoto("Picture"),
        {
            content: "Sign with the own password",
            trigger: ".modal .o_field_widget[name=password] input",
            run: "edit closure_operator",
        },
        {
            content: "Confirm",
            trigger: ".modal button[name=action_met]:contains(OK)",
            run: "click",
        },
        isShown("Picture", "Passed"),
    ],
});

registry.category("web_tour.tours").add("mrp_workorder_closure_waive_measure", {
    steps: () => [
        {
            content: "Concede the failed measurement",
            trigger: `${row("Oven")} button[name=action_open_reason]:contains(Waive)`,
            run: "click",
        },
        {
            content: "Say why",
            trigger: ".modal .o_field_widget[name=reason] input",
            run: "edit The customer agreed",
        },
        {
            content: "Confirm",
            trigger: ".modal button[name=action_confirm]",
            run: "click",
        },
        isShown("Oven", "Waived"),
    ],
});

registry.category("web_tour.tours").add("mrp_workorder_closure_inbox", {
    steps: () => [
        {
            content: "The inbox counts the work of the group",
            trigger: ".o_menu_systray .o-mail-ActivityMenu-counter:contains(1)",
        },
        {
            content: "Open the inbox",
            trigger: ".o_menu_systray i[aria-label=Activities]",
            run: "click",
        },
        {
            content: "Open the closures",
            trigger: ".o-mail-ActivityMenu .o-mail-ActivityGroup:contains(Closure)",
            run: "click",
        },
        {
            content: "It leads to the closure",
            trigger: ".o_list_view .o_data_row .o_data_cell[name=name]",
            run: "click",
        },
        {
            content: "Its check waits to be answered",
            trigger: `${row("Oven")} button[name=action_open_answer]`,
        },
    ],
});
