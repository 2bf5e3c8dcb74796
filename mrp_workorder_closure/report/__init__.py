from . import mrp_closure_cost_report
