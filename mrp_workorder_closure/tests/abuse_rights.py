"""What each role may change in the end, whatever it calls: the table that the fuzz tests hold calls to."""

SHOP_FLOOR = frozenset({"operator", "inspector", "warehouse_controller", "force_close"})
# They bring closures up to date, which follows what the order itself says.
REFRESHING = SHOP_FLOOR | {"cost_controller", "approver", "named", "delegate"}
DECIDING = frozenset({"approver", "named", "delegate"})
# Tables that only managers change are not named here.
WRITERS = {
    "mrp_closure": REFRESHING,
    "mrp_closure_check": REFRESHING,
    "mrp_closure_balance": REFRESHING,
    "mrp_closure_inspection": REFRESHING,
    "mrp_closure_inspection_line": REFRESHING,
    "mrp_closure_approval": REFRESHING,
    "mrp_closure_approval_user_rel": REFRESHING,
    "mrp_closure_approval_signer_rel": DECIDING,
    "mrp_closure_approval_decision": DECIDING,
    "mrp_closure_delegation": REFRESHING | {"nobody", "auditor"},
    "mrp_closure_leftover": SHOP_FLOOR,
    "mrp_closure_nonconformity": SHOP_FLOOR,
    "mrp_closure_disposition": {"inspector", "operator", "force_close"},
    "mrp_closure_variance": {"operator", "force_close", *DECIDING},
    "mrp_closure_dossier": {"operator", "force_close", *DECIDING},
    "mrp_closure_dossier_file": {"operator", "force_close", "cost_controller", "auditor", *DECIDING},
    "mrp_closure_verification": {"auditor"},
    "mrp_closure_action": {"inspector"},
    "mrp_closure_mrp_closure_action_rel": {"inspector"},
    "ir_attachment": SHOP_FLOOR | {"cost_controller", "nobody", "auditor", *DECIDING},
    **dict.fromkeys(("mrp_production", "mrp_workorder", "stock_move", "stock_quant", "stock_scrap"), SHOP_FLOOR),
}
# Tables without a company: rows of the second company are not told apart there.
SHARED = frozenset({"mrp_closure_delegation", "ir_attachment", "mrp_workorder"})


class AbuseRights:
    def assertNoCrash(self, crashes):
        lines = [f"{where}: {' | '.join(sorted(told)[:2])}" for where, told in sorted(crashes.items())]
        self.assertFalse(lines, "\n".join(lines))

    def assertMayChange(self, role, changed, call):
        """Nobody changes what was sealed, or what is another company's, and each only what its role is for."""
        for table in changed:
            with self.subTest(role=role, table=table, call=call):
                self.assertFalse(table.endswith(" of before"))
                if role == "stranger":
                    self.assertTrue(table.endswith((" of others", "_rel")) or table in SHARED)
                    continue
                self.assertFalse(table.endswith(" of others"))
                if role != "manager":
                    self.assertIn(role, WRITERS.get(table, ()))
