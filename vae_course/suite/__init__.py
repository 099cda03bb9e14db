"""A frozen suite on which any model of evolving microstructures can be tried."""
