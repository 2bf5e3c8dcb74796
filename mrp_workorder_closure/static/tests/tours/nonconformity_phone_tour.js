import { registry } from "@web/core/registry";

/** An inspector on a phone finds a nonconformity among the cards and sees what is to be decided about. */
registry.category("web_tour.tours").add("mrp_closure_nonconformity_phone", {
    steps: () => [
        {
            content: "open the nonconformity",
            trigger: ".o_kanban_view .o_kanban_record:contains(Phone inspection)",
            run: "click",
        },
        {
            content: "how much is to be decided about is shown",
            trigger: ".o_form_view .o_field_widget[name=open_quantity]:contains(15)",
        },
        {
            content: "and what was decided already",
            trigger: ".o_form_view .o_field_x2many_kanban .o_kanban_record:contains(Scrap):contains(Weld spatter)",
        },
    ],
});
