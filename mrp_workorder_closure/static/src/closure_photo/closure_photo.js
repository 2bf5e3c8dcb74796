import { Component, useRef } from "@odoo/owl";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { getDataURLFromFile } from "@web/core/utils/urls";
import { standardFieldProps } from "@web/views/fields/standard_field_props";

/** Opens the device's camera, or its files, and answers the check with the photo. */
export class ClosurePhoto extends Component {
    static template = "mrp_workorder_closure.ClosurePhoto";
    static props = { ...standardFieldProps, iconOnly: { type: Boolean, optional: true } };

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
        this.ui = useService("ui");
        this.input = useRef("input");
    }

    async onChange() {
        const [file] = this.input.el.files;
        if (!file) {
            return;
        }
        const { record } = this.props;
        this.ui.block();
        try {
            const data = (await getDataURLFromFile(file)).split(",")[1];
            const next = await this.orm.call(record.resModel, "action_photo", [[record.resId], file.name, data]);
            if (next?.type) {
                await this.action.doAction(next, { onClose: () => record.model.root.load() });
            } else {
                await record.model.root.load();
            }
        } finally {
            this.ui.unblock();
            if (this.input.el) {
                this.input.el.value = "";
            }
        }
    }
}

registry.category("fields").add("closure_photo", {
    component: ClosurePhoto,
    displayName: _t("Photo of a check"),
    supportedTypes: ["boolean"],
    extractProps: ({ options }) => ({ iconOnly: Boolean(options.icon_only) }),
});
