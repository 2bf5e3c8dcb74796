from .balance import USES, BalanceFigures, Claim, apportion, find_factor
from .blocker import Blocker
from .equation import format_equation
from .canonical import canonical_json, get_fingerprint, get_plain_fingerprint, get_plain_json
from .finding import Finding
from .manifest import find_files, is_link
from .material_ledger import MaterialLedger
from .layers import Layer, take_from_layers
from .outbound import Answer, classify, post
from .photo import is_photo
from .robot import (
    LIMITS,
    DeliveryError,
    Request,
    build_dingtalk,
    build_feishu,
    build_webhook,
    get_delay,
    get_free_time,
    get_secret_texts,
    read_answer,
    scrub,
    sign_dingtalk,
    sign_feishu,
    sign_webhook,
)
from .template_file import FORMAT, FORMAT_VERSION, MAX_BYTES, TemplateFileError, parse_template_file
from .tolerance import deviation_pct, get_limits, is_within, to_decimal
from .sampling import AQLS, SamplingPlan, Switching, plan_inspection, resume, single_sampling_plan, switch
from .spc import count_outside, draw_run_chart, get_statistics, parse_readings
from .variance import Actual, Material, Plan, PlannedMaterial, PlannedWork, Work, compute_variances, get_standard_cost
