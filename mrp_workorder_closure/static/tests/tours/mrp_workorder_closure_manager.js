import { registry } from "@web/core/registry";
import { stepUtils } from "@web_tour/tour_utils";

function addPoint(requirement, saveButton) {
    return [
        {
            content: `Name the control point "${requirement}"`,
            trigger: ".modal .o_field_widget[name=name] input:value(/^$/)",
            run: `edit ${requirement}`,
        },
        {
            content: "Keep the control point",
            trigger: `.modal ${saveButton}`,
            run: "click",
        },
        {
            content: `"${requirement}" is on the template`,
            trigger: `.o_field_widget[name=point_ids] .o_data_row:contains(${requirement})`,
        },
    ];
}

registry.category("web_tour.tours").add("mrp_workorder_closure_template", {
    steps: () => [
        {
            content: "Make a template",
            trigger: ".o_list_button_add",
            run: "click",
        },
        {
            content: "Name it",
            trigger: ".o_field_widget[name=name] input",
            run: "edit Lacquered tables",
        },
        {
            content: "Look for the product it covers",
            trigger: ".o_field_widget[name=product_ids] input",
            run: "edit Lacquered Table",
        },
        {
            content: "Take the product",
            trigger: ".ui-autocomplete a:contains(Lacquered Table)",
            run: "click",
        },
        {
            content: "Add a control point",
            trigger: ".o_field_widget[name=point_ids] .o_field_x2many_list_row_add a",
            run: "click",
        },
        ...addPoint("Lacquer is dry", ".o_form_button_save_new"),
        ...addPoint("Edges are smooth", ".o_form_button_save"),
        ...stepUtils.saveForm(),
    ],
});

registry.category("web_tour.tours").add("mrp_workorder_closure_waiver", {
    steps: () => [
        {
            content: "The order cannot be finished: a check has failed",
            trigger: "button[name=button_mark_done]:contains(Produce All)",
            run: "click",
        },
        {
            content: "The refusal tells what was found",
            trigger: ".modal:contains(Scratched top)",
        },
        {
            content: "Go to what is missing",
            trigger: ".modal button:contains(Show what is missing)",
            run: "click",
        },
        {
            content: "Concede the failed check",
            trigger: ".o_field_widget[name=check_ids] .o_data_row:contains(Area is tidy) button:contains(Waive)",
            run: "click",
        },
        {
            content: "Say why",
            trigger: ".modal .o_field_widget[name=reason] input",
            run: "edit Customer takes it at a discount",
        },
        {
            content: "Confirm the waiver",
            trigger: ".modal button[name=action_confirm]",
            run: "click",
        },
        {
            content: "The check is waived",
            trigger: ".o_field_widget[name=check_ids] .o_data_row:contains(Area is tidy) .badge:contains(Waived)",
        },
        {
            content: "Back to the order",
            trigger: "button[name=action_open_production]",
            run: "click",
        },
        {
            content: "Produce all of it",
            trigger: "button[name=button_mark_done]:contains(Produce All)",
            run: "click",
        },
        {
            content: "The order is done",
            trigger: ".o_statusbar_status button.o_arrow_button_current:contains(Done)",
        },
    ],
});
