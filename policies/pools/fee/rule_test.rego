package testnet.rules.pools.fee_test

import data.testnet.rules.pools.fee

settings := {"parameters": {"pools/fee": {"most": 2}}}

found(amount, text, whole) := violations if {
	facts := {"pools": [{
		"net": "a",
		"pool": "fast",
		"fee": amount,
		"fee_text": text,
		"whole_fees": whole,
		"at": 1,
		"fee_at": 2,
	}]}
	violations := fee.violations with data.facts as facts with data.settings as settings
}

test_a_fee_is_fine if {
	found(1, "0.000000001", false) == set()
	found(25000000, "0.025", false) == set()
	found(1000000000, "1", true) == set()
}

test_a_negative_fee if {
	found(-1000000000, "-1", false) == {{
		"subject": "a/fast",
		"message": `pool "fast" asks for a negative fee, -1`,
		"at": 2,
	}}
	count(found(-1, "-0.000000001", false)) == 1
}

test_a_fee_with_decimals_where_it_must_be_whole if {
	found(1025000000, "1.025", true) == {{
		"subject": "a/fast",
		"message": `pool "fast": the flavour takes whole fees, not 1.025`,
		"remediation": "Write a whole number; decimal fees came with coda-libp2p.",
		"at": 2,
	}}
}

test_the_most_is_fine if found(2000000000, "2", false) == set()

test_more_than_the_most if {
	found(2000000001, "2.000000001", false) == {{
		"subject": "a/fast",
		"message": concat(" ", [
			`pool "fast" asks for 2.000000001 a piece of work,`,
			"and more than 2 is hardly ever paid",
		]),
		"severity": "warning",
		"at": 2,
	}}
}

test_nothing_is_a_note if {
	found(0, "0", true) == {{
		"subject": "a/fast",
		"message": `pool "fast" asks nothing for its work`,
		"severity": "note",
		"remediation": "Write a `fee` if the market for work is part of what is tested.",
		"at": 2,
	}}
}

# A setting that is gone must not look like a rule that found nothing.
test_nothing_is_judged_without_the_parameter if {
	fee.judged == 1 with data.facts as {"pools": [{"fee": 1}]} with data.settings as settings
	not fee.judged with data.facts as {"pools": [{"fee": 1}]} with data.settings as {}
}
