import { useEffect } from "@odoo/owl";
import { registry } from "@web/core/registry";
import { X2ManyField, x2ManyField } from "@web/views/fields/x2many/x2many_field";
import { ListRenderer } from "@web/views/list/list_renderer";

class ClosureLinesRenderer extends ListRenderer {
    setup() {
        super.setup();
        useEffect(() => {
            for (const row of this.tableRef.el.querySelectorAll(".o_data_row")) {
                const cell = row.querySelector(".o_data_cell:not(.o_readonly_modifier)") ?? row.cells[0];
                cell.tabIndex = row.classList.contains("o_selected_row") ? -1 : 0;
            }
        });
    }
}

/** Lines that the Tab key reaches, and Enter opens: Odoo's own are reached by way of "Add a line", which is not here. */
export class ClosureLines extends X2ManyField {
    static components = { ...X2ManyField.components, ListRenderer: ClosureLinesRenderer };
}

registry.category("fields").add("closure_lines", {
    ...x2ManyField,
    component: ClosureLines,
});
