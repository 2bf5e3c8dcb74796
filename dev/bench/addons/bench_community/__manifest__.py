{
    "name": "Benchmark: the community's addons on orders",
    "version": "19.0.1.0.0",
    "author": "mrp_workorder_closure contributors",
    "category": "Hidden",
    "license": "AGPL-3",
    "depends": ["mrp_account", "base_tier_validation", "quality_control_oca", "auditlog"],
}
