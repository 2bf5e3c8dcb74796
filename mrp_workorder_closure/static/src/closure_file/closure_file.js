import { registry } from "@web/core/registry";
import { BinaryField, binaryField } from "@web/views/fields/binary/binary_field";

/** A file that can be chosen with the keyboard too: Odoo's own field has a label there, which no key reaches. */
export class ClosureFile extends BinaryField {
    static template = "mrp_workorder_closure.ClosureFile";
}

registry.category("fields").add("closure_file", {
    ...binaryField,
    component: ClosureFile,
});
