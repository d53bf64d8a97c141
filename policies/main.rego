# METADATA
# title: The one question that is asked
# description: >-
#   Every rule's violations, and how many subjects each rule judged. An answer counts only with
#   both: a rule that did not run, or ran over nothing, must not look like one that found nothing.
# scope: package
# schemas:
#   - data.facts: schema.facts
package testnet.main

# METADATA
# entrypoint: true
# description: On all rules, or on those of `input.categories`, so that two may answer side by side.
report := {
	"run": data.facts.run,
	"policies": data.testnet.version.digest,
	"categories": categories,
	"violations": violations,
	"judged": judged,
	"answered": answered,
}

default categories := []

categories := input.categories

violations contains object.union(violation, {"rule": $"{category}/{name}"}) if {
	not input.categories
	some category, name
	some violation in data.testnet.rules[category][name].violations
}

violations contains object.union(violation, {"rule": $"{category}/{name}"}) if {
	some category in categories
	some name
	some violation in data.testnet.rules[category][name].violations
}

# The rules that have an answer: one whose violations are undefined, as misspelt ones are, has none.
answered contains $"{category}/{name}" if {
	not input.categories
	some category, name
	_ := data.testnet.rules[category][name].violations
}

answered contains $"{category}/{name}" if {
	some category in categories
	some name
	_ := data.testnet.rules[category][name].violations
}

judged[$"{category}/{name}"] := number if {
	not input.categories
	some category, name
	number := data.testnet.rules[category][name].judged
}

judged[$"{category}/{name}"] := number if {
	some category in categories
	some name
	number := data.testnet.rules[category][name].judged
}
