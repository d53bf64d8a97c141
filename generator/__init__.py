"""testnet-gitops: a short testnet file becomes overlays that Flux applies.

The pipeline, one word per stage, the same for module, function and command:

1. load    (`testnet`, `fleet`, `keys`)  text to frozen records, every value with its place
2. plan    (`plan`)     records and published allocations to daemons on clusters
3. render  (`render`)   the plan to a file tree of Kustomize overlays
4. write   (`tree`)     the file tree to a directory, atomically, and how the two differ
5. build   (`build`)    overlays through the real kustomize, a digest per overlay
6. check   (`check`)    plans and what was built, by `policies/` through real OPA, to findings
7. report  (`report`)   plans and findings to people and programs
8. publish (`publish`)  plans and what is published to the next safe commit, by the rule of
   `register` and what `evidence` shows, pushed by `repository`

Load, plan and render touch neither clock, network nor chance: the same input gives the
same bytes on every host. `docs/` and CONTRIBUTING.md say how to add to each of them.
"""

__version__ = "0.1.0"
