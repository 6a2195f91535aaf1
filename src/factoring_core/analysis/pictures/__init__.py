"""Pictures of the frames: static, colour-blind safe, readable on light and dark, without scripts."""

from factoring_core.analysis.pictures.bars import ageing, concentration, reserve, waterfall
from factoring_core.analysis.pictures.base import PALETTE, Picture
from factoring_core.analysis.pictures.flow import flow
from factoring_core.analysis.pictures.life import life

__all__ = ["PALETTE", "Picture", "ageing", "concentration", "flow", "life", "reserve", "waterfall"]
