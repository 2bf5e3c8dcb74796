import { Activity } from "@mail/core/web/activity";
import { ActivityListPopoverItem } from "@mail/core/web/activity_list_popover_item";
import { patch } from "@web/core/utils/patch";

/** Open the dialog that decides about the closure of an activity. */
async function decide(env, activity, onClose) {
    const action = await env.services.orm.call(activity.res_model, "action_open_decision", [[activity.res_id]]);
    await env.services.action.doAction(action, { onClose });
}

patch(Activity.prototype, {
    async onClickDecide() {
        const thread = this.thread;
        await decide(this.env, this.props.activity, async () => {
            await this.props.reloadParentView();
            this.props.onActivityChanged(thread);
        });
    },
});

patch(ActivityListPopoverItem.prototype, {
    get isClosureDecision() {
        return this.props.activity.activity_category === "closure_decision";
    },

    get hasMarkDoneButton() {
        return super.hasMarkDoneButton && !this.isClosureDecision;
    },

    get hasEditButton() {
        return super.hasEditButton && !this.isClosureDecision;
    },

    get hasCancelButton() {
        return super.hasCancelButton && !this.isClosureDecision;
    },

    async onClickDecide() {
        await decide(this.env, this.props.activity, () => this.props.onActivityChanged?.());
    },
});
