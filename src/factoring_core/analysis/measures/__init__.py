"""Measures over the frames of a store: each a function with its formula and where it comes from.

Money stays in whole cents; a ratio is a float, because it is no amount.  None of them looks at a
clock: they speak of the day of the frames.
"""

from factoring_core.analysis.measures.ageing import AGES, age_of, ageing, exceptions_by_age
from factoring_core.analysis.measures.concentration import concentration, herfindahl
from factoring_core.analysis.measures.cost import annual_cost, money_days
from factoring_core.analysis.measures.kickbacks import kick_backs
from factoring_core.analysis.measures.reserve import reserve, reserve_roll_forward
from factoring_core.analysis.measures.speed import (
    days_sales_outstanding,
    days_to_pay,
    stays,
    time_in_status,
)
from factoring_core.analysis.measures.terms import against_terms
from factoring_core.analysis.measures.waterfall import (
    report_waterfall,
    sale_waterfall,
    status_flow,
    steps,
    waterfall,
)

__all__ = [
    "AGES",
    "against_terms",
    "age_of",
    "ageing",
    "annual_cost",
    "concentration",
    "days_sales_outstanding",
    "days_to_pay",
    "exceptions_by_age",
    "herfindahl",
    "kick_backs",
    "money_days",
    "report_waterfall",
    "reserve",
    "reserve_roll_forward",
    "sale_waterfall",
    "status_flow",
    "stays",
    "steps",
    "time_in_status",
    "waterfall",
]
