import { registry } from "@web/core/registry";

function pressEnter({ anchor }) {
    anchor.focus();
    anchor.dispatchEvent(new KeyboardEvent("keydown", { key: "Enter", bubbles: true, cancelable: true }));
}

/** Odoo underlines a field where the mouse is; what is required is underlined in any case. */
function checkUnderline({ anchor }) {
    const [red, green, blue, alpha = 1] = getComputedStyle(anchor).borderBottomColor.match(/[\d.]+/g).map(Number);
    if (!alpha || (red === green && green === blue)) {
        throw new Error("To be seen as required, the field needs a line of its own colour.");
    }
}

/** An operator returns a part of what is left from the order, and keeps the rest at the line. */
registry.category("web_tour.tours").add("mrp_workorder_closure_return", {
    steps: () => [
        {
            content: "open the leftovers of the order",
            trigger: ".o_form_view button[name=action_return_leftovers]",
            run: "click",
        },
        {
            content: "what is left is proposed",
            trigger: ".modal .o_data_row:contains(Leg):contains(4.00):contains(Return to Stock)",
        },
        {
            content: "change the quantity",
            trigger: ".modal .o_data_row:contains(Leg) td[name=quantity]",
            run: "click",
        },
        {
            content: "return three of four",
            trigger: ".modal .o_data_row:contains(Leg) td[name=quantity] input",
            run: "edit 3",
        },
        {
            content: "a reason is asked for; nothing is marked as wrong before anything was entered",
            trigger: ".modal .o_field_widget[name=reason].o_required_modifier:not(.o_field_invalid) input",
            run: checkUnderline,
        },
        {
            content: "forget it",
            trigger: ".modal button[name=action_confirm]",
            run: "click",
        },
        {
            content: "say why",
            trigger: ".modal .o_field_widget[name=reason].o_field_invalid input",
            run: "edit Counted twice",
        },
        {
            content: "confirm",
            trigger: ".modal button[name=action_confirm]",
            run: "click",
        },
        {
            content: "the transfer is named",
            trigger: ".o_notification:contains(Returned by)",
        },
        {
            content: "open what is left now",
            trigger: "body:not(:has(.modal)) .o_form_view button[name=action_return_leftovers]",
            run: "click",
        },
        {
            content: "one is left; choose what to do with it, without a mouse",
            trigger: ".modal .o_data_row:contains(Leg):contains(1.00) td[name=act][tabindex='0']",
            run: pressEnter,
        },
        {
            content: "open the choices",
            trigger: ".modal .o_data_row:contains(Leg) td[name=act] input",
            run: "click",
        },
        {
            content: "leave it there",
            trigger: ".o_select_menu_item:contains(Leave)",
            run: "click",
        },
        {
            content: "then no reason is asked for",
            trigger: ".modal .o_field_widget[name=reason]:not(.o_required_modifier)",
        },
        {
            content: "open the choices",
            trigger: ".modal .o_data_row:contains(Leg) td[name=act] input",
            run: "click",
        },
        {
            content: "keep it at the line",
            trigger: ".o_select_menu_item:contains(Keep at Line)",
            run: "click",
        },
        {
            content: "say why",
            trigger: ".modal .o_field_widget[name=reason].o_required_modifier input",
            run: "edit For the next order",
        },
        {
            content: "a work center can be named now",
            trigger: ".modal .o_field_widget[name=workcenter_id]",
        },
        {
            content: "confirm",
            trigger: ".modal button[name=action_confirm]",
            run: "click",
        },
        {
            content: "the dialog is gone",
            trigger: "body:not(:has(.modal)) .o_form_view .o_form_saved, body:not(:has(.modal)) .o_form_view",
        },
    ],
});
