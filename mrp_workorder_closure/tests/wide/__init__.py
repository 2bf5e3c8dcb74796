from . import (
    test_automations_cannot_finish_orders,
    test_cloud_storage_leaves_evidence_to_odoo,
    test_expired_components_cannot_pass_the_gate,
    test_later_costs_reach_closed_orders,
    test_procurement_makes_gated_orders,
    test_screens_of_other_applications_open,
    test_subcontract_receipt_closes_only_ready_orders,
    test_subcontracting_price_is_a_cause_of_its_own,
    test_variances_agree_with_the_books,
)
