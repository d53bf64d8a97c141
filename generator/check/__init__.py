"""Everything that is wrong with testnets, fleet and rendered overlays together."""
