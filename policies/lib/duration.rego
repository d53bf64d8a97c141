# METADATA
# title: Seconds as people read them
# scope: package
package testnet.lib.duration

# METADATA
# description: A length of time as a testnet file writes it, such as 14d, 72h or 90m.
# scope: document
text(seconds) := $"{seconds / 86400}d" if {
	seconds % 86400 == 0
} else := $"{seconds / 3600}h" if {
	seconds % 3600 == 0
} else := $"{floor(seconds / 60)}m"

# METADATA
# description: About how long ago or how far away something is, in the unit that suits it.
# scope: document
about(seconds) := $"{floor(seconds / 86400)}d" if {
	seconds >= 172800
} else := $"{floor(seconds / 3600)}h" if {
	seconds >= 7200
} else := $"{floor(seconds / 60)}m"
