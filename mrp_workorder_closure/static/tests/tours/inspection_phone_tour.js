import { registry } from "@web/core/registry";

/** An inspector on a phone opens an inspection, enters readings and a count, and decides. */
registry.category("web_tour.tours").add("mrp_closure_inspection_phone", {
    steps: () => [
        {
            content: "open the inspection",
            trigger: ".o_kanban_view .o_kanban_record:contains(Phone inspection)",
            run: "click",
        },
        {
            content: "nothing is entered yet: see what is to be measured",
            trigger: ".o_form_view .o_field_x2many_kanban .o_kanban_record:contains(Length)",
            run: "click",
        },
        {
            content: "type the readings, one of them out of limits",
            trigger: ".modal .o_field_widget[name=readings] textarea",
            run: "edit 10 10.1 9.9 10.2 12",
        },
        {
            content: "leave the field",
            trigger: ".modal .o_field_widget[name=note] input",
            run: "edit Calliper 3",
        },
        {
            content: "the reading out of limits is counted by itself",
            trigger: ".modal .o_field_widget[name=defective]:contains(1)",
        },
        {
            content: "the run chart shows it",
            trigger: ".modal .o_field_widget[name=chart] svg[role=img]",
        },
        {
            content: "keep the readings",
            trigger: ".modal .o_form_button_save",
            run: "click",
        },
        {
            content: "one tap for a sample without a defective unit",
            trigger: ".o_field_x2many_kanban .o_kanban_record:contains(Scratches) button:contains(All Good)",
            run: "click",
        },
        {
            content: "the count is there",
            trigger: ".o_field_x2many_kanban .o_kanban_record:contains(Scratches):contains(/5\\s*of\\s*5/)",
        },
        {
            content: "decide",
            trigger: ".o_form_sheet button[name=action_decide]:contains(Decide)",
            run: "click",
        },
        {
            content: "one defective unit of none allowed: rejected",
            trigger: ".o_form_view .ribbon:contains(Rejected)",
        },
    ],
});
