from . import mrp_closure_board
from . import mrp_closure_cost_report
