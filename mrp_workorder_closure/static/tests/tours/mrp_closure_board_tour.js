import { registry } from "@web/core/registry";

const tours = registry.category("web_tour.tours");

/** An operator with a phone finds the order that is late on the board, and what it waits for. */
tours.add("mrp_closure_board", {
    steps: () => [
        {
            content: "the order stands in the column of its stage",
            trigger: ".o_closure_board .o_kanban_group:contains(In Production):contains(WH/BOARD/1)",
        },
        {
            content: "the order is late, in words",
            trigger: ".o_closure_board .o_kanban_record:contains(WH/BOARD/1) .badge:contains(Late)",
        },
        {
            content: "it says what is next and who can lift it",
            trigger:
                ".o_kanban_record:contains(WH/BOARD/1):contains(Assemble (Assembly Bench)):contains(Olga Operator)",
        },
        {
            content: "and how many checks are met",
            trigger: ".o_kanban_record:contains(WH/BOARD/1):contains(1 of 2 met)",
        },
        {
            content: "it leads to the closure",
            trigger: ".o_kanban_record:contains(WH/BOARD/1)",
            run: "click",
        },
        {
            content: "where the checks are",
            trigger: ".o_form_view:contains(WH/BOARD/1):contains(Area is tidy)",
        },
    ],
});

/** An inspector plans a corrective action from a nonconformity, and starts it. */
tours.add("mrp_closure_corrective_action", {
    steps: () => [
        {
            content: "open the nonconformity",
            trigger: ".o_data_row .o_data_cell:contains(Table)",
            run: "click",
        },
        {
            content: "plan what is done about it",
            trigger: "button[name=action_plan_action]",
            run: "click",
        },
        {
            content: "it knows what it is about",
            trigger: ".o_field_widget[name=description] textarea:value(Scratched)",
        },
        {
            content: "say what is done",
            trigger: ".o_field_widget[name=name] input",
            run: "edit Cover the table while it dries",
        },
        {
            content: "name the owner",
            trigger: ".o_field_widget[name=user_id] input",
            run: "edit Ivy",
        },
        {
            content: "choose them",
            trigger: ".o-autocomplete--dropdown-item:contains(Ivy Inspector)",
            run: "click",
        },
        {
            content: "set the date",
            trigger: ".o_field_widget[name=due_date] input, .o_field_widget[name=due_date] button",
            run: "click",
        },
        {
            content: "to the end of the month that comes next",
            trigger: ".o_datetime_picker .o_next",
            run: "click",
        },
        {
            content: "on its fifteenth",
            trigger: ".o_datetime_picker .o_date_item_cell:not(.o_out_of_range):contains(15)",
            run: "click",
        },
        {
            content: "choose the figure",
            trigger: ".o_field_widget[name=indicator] input",
            run: "click",
        },
        {
            content: "by which it is measured",
            trigger: ".o_select_menu_item:contains(Waivers)",
            run: "click",
        },
        {
            content: "keep it",
            trigger: ".o_form_button_save",
            run: "click",
        },
        {
            content: "begin",
            trigger: "button[name=action_start]:visible",
            run: "click",
        },
        {
            content: "it is under way, and says what is expected",
            trigger: ".o_field_widget[name=target_text]:contains(Waivers: 0 or less)",
        },
    ],
});
