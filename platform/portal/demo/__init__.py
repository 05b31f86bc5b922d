"""The demo: TrePu and its neighbours, written through the same services as everything else."""

from portal.demo.loading import load_demo

__all__ = ["load_demo"]
