"""GPCIS: click-based interactive segmentation as Gaussian process classification."""

__version__ = "0.1.0"
