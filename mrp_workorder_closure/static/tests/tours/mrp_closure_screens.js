import { registry } from "@web/core/registry";

const tours = registry.category("web_tour.tours");
const READABLE = 4.5;
const ROOM_FOR_A_NUMBER = 60;

function parseColor(color) {
    const [red, green, blue, alpha = 1] = color.match(/[\d.]+/g).map(Number);
    return { rgb: [red, green, blue], alpha };
}

function blend({ rgb, alpha }, below) {
    return rgb.map((value, index) => value * alpha + below[index] * (1 - alpha));
}

function getLuminance(rgb) {
    const [red, green, blue] = rgb.map((value) => {
        const share = value / 255;
        return share <= 0.03928 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

function getBackground(element) {
    const below = element.parentElement ? getBackground(element.parentElement) : [255, 255, 255];
    return blend(parseColor(getComputedStyle(element).backgroundColor), below);
}

/** The contrast of a text as WCAG 2.1 defines it. */
function getContrast(element) {
    const background = getBackground(element);
    const text = blend(parseColor(getComputedStyle(element).color), background);
    const [dark, light] = [getLuminance(text), getLuminance(background)].sort((a, b) => a - b);
    return (light + 0.05) / (dark + 0.05);
}

function checkContrast() {
    const found = [];
    for (const element of document.querySelectorAll(".o_closure .badge, .o_closure td .btn, .o_closure .text-muted")) {
        if (element.textContent.trim() && element.checkVisibility() && getContrast(element) < READABLE) {
            found.push(`${element.textContent.trim()} ${getContrast(element).toFixed(2)}`);
        }
    }
    if (found.length) {
        throw new Error(`To be read by everybody, this needs more contrast: ${found.join("; ")}`);
    }
}

function checkRoom({ anchor }) {
    const width = [...anchor.children].reduce((sum, menu) => sum + menu.getBoundingClientRect().width, 0);
    if (anchor.getBoundingClientRect().width - width < ROOM_FOR_A_NUMBER) {
        throw new Error("To keep every menu in sight, put some of them below others.");
    }
}

/** Each state that a check can have, and each button that it can offer, is readable. */
tours.add("mrp_closure_contrast", {
    steps: () => [
        ...["To Do", "Passed", "Failed", "Waived"].map((state) => ({
            content: `a check is shown as "${state}"`,
            trigger: `.o_closure .badge:contains(${state})`,
        })),
        {
            content: "a failed check can be conceded",
            trigger: ".o_closure .o_data_row button[name=action_open_reason]:contains(Waive)",
        },
        {
            content: "texts, badges and buttons can be read",
            trigger: ".o_closure .o_data_row button[name=action_pass]",
            run: checkContrast,
        },
    ],
});

/** No menu of the application hides behind a plus sign. */
tours.add("mrp_closure_menu_fits", {
    steps: () => [
        {
            content: "the last menu is there",
            trigger: ".o_menu_sections [data-menu-xmlid='mrp_workorder_closure.mrp_closure_configuration_menu']",
        },
        {
            content: "none is left over, and there is room for a number of what waits",
            trigger: ".o_menu_sections:not(:has(.o_menu_sections_more))",
            run: checkRoom,
        },
    ],
});

/** A file is chosen, and an entry of the library is used, without a mouse. */
tours.add("mrp_closure_keyboard", {
    steps: () => [
        {
            content: "open the dialog that reads a file",
            trigger: ".o_control_panel button:contains(Import)",
            run: "click",
        },
        {
            content: "what chooses a file can have the focus",
            trigger: ".modal .o_field_widget[name=file] button:contains(Choose a File)",
        },
        {
            content: "close it with Escape",
            trigger: ".modal button.o_select_file_button",
            run: "press Escape",
        },
        {
            content: "open the library",
            trigger: "body:not(:has(.modal)) .o_closure_library",
            run: "click",
        },
        {
            content: "Enter on a card uses it",
            trigger: ".modal .o_kanban_record:first",
            run({ anchor }) {
                anchor.focus();
                anchor.dispatchEvent(new KeyboardEvent("keydown", { key: "Enter", bubbles: true, cancelable: true }));
            },
        },
        {
            content: "there is a template to edit",
            trigger: "body:not(:has(.modal)) .o_form_view .o_field_widget[name=point_ids] .o_data_row",
        },
    ],
});
