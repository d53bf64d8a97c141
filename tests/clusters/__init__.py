"""Real control planes and Flux on this machine; docs/clusters.md says what is real."""
