import { Component } from "@odoo/owl";
import { scanBarcode } from "@web/core/barcode/barcode_dialog";
import { isBarcodeScannerSupported } from "@web/core/barcode/barcode_video_scanner";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { TextField, textField } from "@web/views/fields/text/text_field";

/** A text that a hand scanner types, or the device's camera reads. */
export class ClosureScan extends Component {
    static template = "mrp_workorder_closure.ClosureScan";
    static components = { TextField };
    static props = { ...TextField.props };

    get hasCamera() {
        return !this.props.readonly && isBarcodeScannerSupported();
    }

    async onScan() {
        const code = await scanBarcode(this.env);
        if (code) {
            await this.props.record.update({ [this.props.name]: code });
        }
    }
}

registry.category("fields").add("closure_scan", {
    ...textField,
    component: ClosureScan,
    displayName: _t("Scanned code"),
});
