# METADATA
# title: Kustomizations apply, prune and wait as they must
# description: >-
#   Without `prune` a producer that git has let go runs on; `force` deletes what it cannot patch;
#   what is suspended takes no drain. Without an account of its own a net is applied with all
#   rights. An interval or a timeout that is no sane time has stalled every Kustomization of a
#   cluster before (CVE-2022-39272).
# custom:
#   severity: error
#   waivable: true
#   remediation: Leave these fields as `testnet generate` writes them.
#   parameters:
#     least_interval: {type: number, minimum: 0}
#     most_interval: {type: number, minimum: 0}
#     least_timeout: {type: number, minimum: 0}
#   subjects: {table: kustomizations}
# schemas:
#   - data.facts: schema.facts
package testnet.rules.flux.settings

_figures := data.settings.parameters["flux/settings"]

# Without all figures nothing is judged, which is an error.
judged := count(data.facts.kustomizations) if {
	every name in ["least_interval", "least_timeout", "most_interval"] {
		is_number(_figures[name])
	}
}

violations contains {
	"subject": row.kustomization,
	"message": $"{row.kustomization} does not prune: what leaves git runs on",
	"at": row.at,
} if {
	some row in data.facts.kustomizations
	not row.prune
}

violations contains {
	"subject": row.kustomization,
	"message": $"{row.kustomization} deletes and makes anew what it cannot patch (force)",
	"at": row.at,
} if {
	some row in data.facts.kustomizations
	row.force
}

violations contains {
	"subject": row.kustomization,
	"message": $"{row.kustomization} is suspended: nothing of a later commit is applied",
	"at": row.at,
} if {
	some row in data.facts.kustomizations
	row.suspend
}

violations contains {
	"subject": row.kustomization,
	"message": $"{row.kustomization} names no ServiceAccount, so it may do what the controller may",
	"at": row.at,
} if {
	some row in data.facts.kustomizations
	row.account == ""
}

violations contains {
	"subject": row.kustomization,
	"message": $"{row.kustomization} moves its objects to the namespace \"{row.target_namespace}\"",
	"at": row.at,
} if {
	some row in data.facts.kustomizations
	row.target_namespace != ""
}

violations contains {
	"subject": row.kustomization,
	"message": $"{row.kustomization} has an interval of {row.interval} s; sane are {_figures.least_interval} to {_figures.most_interval} s",
	"at": row.at,
} if {
	some row in data.facts.kustomizations
	true in {row.interval < _figures.least_interval, row.interval > _figures.most_interval}
}

violations contains {
	"subject": row.kustomization,
	"message": $"{row.kustomization} has a timeout of {row.timeout} s; sane are {_figures.least_timeout} s to its interval of {row.interval} s",
	"at": row.at,
} if {
	some row in data.facts.kustomizations
	true in {row.timeout < _figures.least_timeout, row.timeout > row.interval}
}
