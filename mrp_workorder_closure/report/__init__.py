from . import mrp_closure_currency
from . import mrp_closure_cost_report
from . import mrp_closure_report
from . import mrp_closure_approval_report
from . import mrp_closure_blocker_report
from . import mrp_closure_board
