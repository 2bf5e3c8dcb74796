import { registry } from "@web/core/registry";
import { inputFiles } from "@web/../tests/utils";

const PIXEL =
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";

registry.category("web_tour.tours").add("mrp_workorder_closure_report_problem", {
    steps: () => [
        {
            content: "Report a problem from the order",
            trigger: "button[name=action_report_problem]",
            run: "click",
        },
        {
            content: "Say what was found",
            trigger: ".modal [name=description] textarea",
            run: "edit Scratches on the top",
        },
        {
            content: "Take a photo",
            trigger: ".modal [name=photo_ids]",
            async run() {
                const bytes = Uint8Array.from(atob(PIXEL), (char) => char.charCodeAt(0));
                const photo = new File([bytes], "scratches.png", { type: "image/png" });
                await inputFiles(".modal [name=photo_ids] input[type=file]", [photo]);
            },
        },
        {
            content: "The photo is there",
            trigger: ".modal [name=photo_ids]:contains(scratches)",
        },
        {
            content: "Three pieces are affected",
            trigger: ".modal [name=quantity] input",
            run: "edit 3",
        },
        {
            content: "It is a major problem",
            trigger: ".modal [name=severity] input[data-value=major]",
            run: "click",
        },
        {
            content: "Report it",
            trigger: ".modal button[name=action_report]",
            run: "click",
        },
        {
            content: "It was reported",
            trigger: ".o_notification:contains(was reported)",
        },
        {
            content: "The dialog is gone",
            trigger: "body:not(:has(.modal))",
        },
    ],
});
