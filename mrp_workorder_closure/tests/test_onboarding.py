from odoo.tests import HttpCase, tagged

from .common import ClosureCase

TOUR = "mrp_workorder_closure_onboarding"
MODULE = "mrp_workorder_closure"
START = f'name="{MODULE}.onboarding_action"'

# A person presses the link and then what the pointer of the tour points at, until no step is left. Where the next thing
# appears under the mouse or the finger, the pointer has to be in sight all the same.
WALK = """
(async () => {
    const GAP = 20;
    const until = async (what, find) => {
        for (let i = 0; i < 200; i++) {
            const found = find();
            if (found) {
                return found;
            }
            await new Promise((resolve) => setTimeout(resolve, 50));
        }
        throw new Error(`Not seen: ${what}`);
    };
    const seen = (selector) =>
        until(selector, () => [...document.querySelectorAll(selector)].find((element) => element.checkVisibility()));
    const isInSight = ({ top, height }) => top + height / 2 > 0 && top + height / 2 < window.innerHeight;
    const isBeside = (pointer, target) =>
        pointer.left - GAP < target.right &&
        pointer.right + GAP > target.left &&
        pointer.top - GAP < target.bottom &&
        pointer.bottom + GAP > target.top;
    const pointed = async (selector) => {
        const element = await seen(selector);
        await until(`a pointer at ${selector}`, () =>
            [...document.querySelectorAll(".o_tour_pointer")]
                .map((pointer) => pointer.getBoundingClientRect())
                .find((pointer) => isInSight(pointer) && isBeside(pointer, element.getBoundingClientRect()))
        );
        return element;
    };
    const pointedUnderTheMouse = async (selector) => {
        (await seen(selector)).dispatchEvent(new MouseEvent("mouseenter"));
        return pointed(selector);
    };
    const isPhone = window.innerWidth < 768;
    const PRODUCT = "First Gated Product";
    const chooseByName = async (input) => {
        input.value = PRODUCT;
        input.dispatchEvent(new InputEvent("input", { bubbles: true }));
        const isProduct = (item) => item.textContent.includes(PRODUCT) && !item.textContent.includes('"');
        const items = () => [...document.querySelectorAll(".o-autocomplete--dropdown-item a")];
        return until("the product", () => items().find(isProduct));
    };
    const chooseFromPage = () => {
        const cards = () => [...document.querySelectorAll(".modal .o_kanban_record")];
        return until("the product", () => cards().find((card) => card.textContent.includes(PRODUCT)));
    };
    (await seen('.o_nocontent_help a[type="action"]')).click();
    if (isPhone) {
        (await pointed(".o-control-panel-adaptive-dropdown")).click();
    }
    (await pointed(".o_closure_library")).click();
    await pointedUnderTheMouse(".modal .o_kanban_renderer");
    (await seen(".modal .o_kanban_record:nth-child(2) [name=action_use]")).click();
    const input = await pointedUnderTheMouse(".o_field_widget[name=product_ids] input");
    input.click();
    (await (isPhone ? chooseFromPage() : chooseByName(input))).click();
    await seen("body:not(:has(.modal)) .o_field_widget[name=product_ids] .o_tag");
    (await pointed("button[name=action_activate]")).click();
    await seen(".o_form_view:not(:has(button[name=action_activate]))");
    if (isPhone) {
        (await pointed(".o_menu_toggle")).click();
        (await pointed(".o_app_menu_sidebar .o_sidebar_topbar .btn-primary")).click();
    } else {
        (await pointed(".o_navbar_apps_menu button")).click();
    }
    await pointed('.o_app[data-menu-xmlid="mrp.menu_mrp_root"]');
    console.log("test successful");
})().catch((error) => console.error(error.message));
"""


class OnboardingCase(ClosureCase, HttpCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.product = cls.env["product.product"].create({"name": "First Gated Product", "is_storable": True})
        cls.make_bom(cls.product, operations=())

    def follow_the_pointer(self):
        self.env["mrp.closure.template"].with_context(active_test=False).search([]).unlink()
        self.browser_js("/odoo/closure-inbox", WALK, "odoo.isReady", login=self.manager.login, timeout=120)


@tagged("post_install", "-at_install")
class TestOnboarding(OnboardingCase):
    """A new manager gets from the installation to a first order that is refused, led by Odoo's own tour."""

    browser_size = "1280x800"

    def test_the_tour_is_offered_as_one_of_odoos_own(self):
        tour = self.env["web_tour.tour"].search([("name", "=", TOUR)])
        self.assertFalse(tour.custom)
        self.assertIn(START, self.env.ref(f"{MODULE}.mrp_closure_template_action").help)
        self.assertEqual(self.env.ref(f"{MODULE}.onboarding_action").tag, "mrp_closure_onboarding")

    def test_the_application_is_found_and_described_in_the_list_of_apps(self):
        module = self.env["ir.module.module"].search([("name", "=", MODULE)])
        self.assertTrue(module.application)
        self.assertEqual((module.shortdesc, module.state), ("Work Order Closure", "installed"))
        self.assertIn("gate", module.summary)
        self.assertTrue(module.icon_image)
        page = str(module.description_html)
        self.assertIn(f'src="/{MODULE}/static/description/blocked_order_en_US.png"', page)
        self.assertIn("结案模板", page)

    def test_the_first_page_tells_a_manager_how_to_begin_until_there_is_a_template(self):
        inbox = f"{MODULE}.mrp_closure_approval_action_inbox"

        def first_page(user):
            approvals = self.env["mrp.closure.approval"].with_user(user)
            return str(approvals.get_empty_list_help(self.env.ref(inbox).help))

        self.assertNotIn(START, first_page(self.manager))
        self.env["mrp.closure.template"].with_context(active_test=False).search([]).unlink()
        self.assertIn(START, first_page(self.manager))
        self.assertNotIn(START, first_page(self.auditor))

    def test_the_tour_points_at_each_step_whichever_template_a_person_chooses(self):
        self.follow_the_pointer()

    def test_a_new_manager_is_led_from_a_ready_template_to_a_refused_order(self):
        self.env["res.users"].search([("share", "=", False)]).tour_enabled = False
        self.start_tour("/odoo/closure-templates", TOUR, login=self.manager.login, timeout=180)
        order = self.env["mrp.production"].search([("product_id", "=", self.product.id)])
        self.assertEqual(order.state, "confirmed")
        self.assertTrue(order.closure_id.template_id.active)
        self.assertTrue(order.get_closure_blockers())


@tagged("post_install", "-at_install")
class TestOnboardingOnPhones(OnboardingCase):
    """On a phone, some of it is on pages of its own."""

    browser_size = "390x844"
    touch_enabled = True

    def test_the_tour_points_at_each_step_on_a_phone(self):
        self.follow_the_pointer()
