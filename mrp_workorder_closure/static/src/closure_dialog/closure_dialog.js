import { registry } from "@web/core/registry";
import { RelationalModel } from "@web/model/relational_model/relational_model";
import { formView } from "@web/views/form/form_view";

/** Odoo marks what a stored record lacks as wrong at once; this dialog is stored for its lines, before anybody saw it. */
class ClosureDialogRecord extends RelationalModel.Record {
    _setData(data, options) {
        super._setData(data, options);
        this._invalidFields.clear();
        this._unsetRequiredFields.clear();
    }
}

class ClosureDialogModel extends RelationalModel {
    static Record = ClosureDialogRecord;
}

registry.category("views").add("closure_dialog", { ...formView, Model: ClosureDialogModel });
