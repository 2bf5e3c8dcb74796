import { registry } from "@web/core/registry";

const tours = registry.category("web_tour.tours");
const READABLE = 4.5;
const ROOM_FOR_A_NUMBER = 60;
const FEWEST_PAGES = 35;
const STEPS = 20;
const PAGES_IN_A_STEP = 3;
const MILLISECONDS_TO_DRAW = 300;
const COLOURED =
    ".badge, .btn, .alert, .text-muted, .text-danger, .text-success, .text-warning, .text-info, .text-primary";

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

/** The texts with a colour of their own that are too pale, each with its contrast. */
function getPaleTexts() {
    return [...document.querySelectorAll(`.o_closure :is(${COLOURED})`)]
        .filter((element) => element.textContent.trim() && element.checkVisibility() && getContrast(element) < READABLE)
        .map((element) => `${element.textContent.trim()} ${getContrast(element).toFixed(2)}`);
}

function refusePaleTexts(found) {
    if (found.length) {
        throw new Error(`To be read by everybody, this needs more contrast: ${found.join("; ")}`);
    }
}

/** The title of the page, if it is cut; on a phone it stands elsewhere. */
function getCutTitles() {
    return [...document.querySelectorAll(".o_control_panel_breadcrumbs .o_last_breadcrumb_item span")]
        .filter((title) => title.scrollWidth > title.clientWidth)
        .map((title) => title.textContent.trim());
}

/** The pages of the application that the user's menu leads to, and what cannot be read on those opened so far. */
class Pages {
    found = [];
    cut = [];

    get left() {
        this._left ??= odoo.__WOWL_DEBUG__.root.env.services.menu
            .getAll()
            .filter(({ actionID, xmlid }) => actionID && xmlid?.startsWith("mrp_workorder_closure."));
        return this._left;
    }

    async openSome() {
        for (const { actionID, name } of this.left.splice(0, PAGES_IN_A_STEP)) {
            await odoo.__WOWL_DEBUG__.root.env.services.action.doAction(actionID, { clearBreadcrumbs: true });
            await new Promise((resolve) => setTimeout(resolve, MILLISECONDS_TO_DRAW));
            this.found.push(...getPaleTexts().map((text) => `${name}: ${text}`));
            this.cut.push(...getCutTitles());
        }
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
            run: () => refusePaleTexts(getPaleTexts()),
        },
    ],
});

/** What has a colour of its own can be read on every page that a menu opens. */
tours.add("mrp_closure_pages", {
    steps: () => {
        const pages = new Pages();
        return [
            {
                content: "a manager sees them",
                trigger: ".o_action_manager .o_closure",
                run() {
                    if (pages.left.length < FEWEST_PAGES || pages.left.length > STEPS * PAGES_IN_A_STEP) {
                        throw new Error(`To check every page, make steps for ${pages.left.length} of them.`);
                    }
                },
            },
            ...Array.from({ length: STEPS }, () => ({
                content: "open some of them",
                trigger: ".o_action_manager",
                run: () => pages.openSome(),
            })),
            {
                content: "all can be read",
                trigger: ".o_action_manager",
                run() {
                    refusePaleTexts(pages.found);
                    if (pages.cut.length) {
                        throw new Error(`To be read in full, these titles need more room: ${pages.cut.join("; ")}`);
                    }
                },
            },
        ];
    },
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
            content: "what chooses a file can have the focus, and its first press opens the file window",
            trigger: ".modal .o_field_widget[name=file] button:contains(Choose a File)",
            run({ anchor }) {
                let opened = false;
                anchor.focus();
                const input = document.querySelector(".modal .o_field_widget[name=file] input[type=file]");
                input.addEventListener("click", (ev) => {
                    ev.preventDefault();
                    opened = document.activeElement === anchor;
                });
                anchor.click();
                if (!opened) {
                    throw new Error("To choose a file without a mouse, the button has to open the file window at once.");
                }
            },
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
