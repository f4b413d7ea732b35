"""Graphs and their communities."""

from common.graph.graph import Graph
from common.graph.map_equation import MapEquation

__all__ = ["Graph", "MapEquation"]
