package testnet.rules.images.digest_test

import data.testnet.rules.images.digest

# SHA-256 of the text "abc", as FIPS 180-2 has it.
computed := "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"

found(text) := messages if {
	facts := {"images": [{"net": "a", "image": "mina", "digest": text, "object": "", "field": "", "at": 1}]}
	violations := digest.violations with data.facts as facts
	messages := {violation.message | some violation in violations}
}

invented(reason) := {concat("", [`nobody can have computed the digest of image "mina": `, reason])}

times(text, number) := concat("", [text | some _ in numbers.range(1, number)])

test_a_digest_is_fine if {
	found($"sha256:{computed}") == set()
	found(computed) == set()
}

test_no_digest_is_fine if found("") == set()

test_something_else if {
	reason := invented("it is not sha256: and 64 of the characters 0-9 and a-f")
	found($"sha256:{substring(computed, 0, 63)}") == reason
	found($"sha256:{computed}0") == reason
	found($"sha256:{upper(computed)}") == reason
	found($"sha256:g{substring(computed, 1, -1)}") == reason
	found($"sha512:{computed}") == reason
	found("sha256:") == reason
}

test_one_character if found($"sha256:{times("a", 64)}") == invented(`it is "a", again and again`)

test_a_pattern if {
	found($"sha256:{times("0123456789abcdef", 4)}") == invented(`it is "0123456789abcdef", again and again`)
	found($"sha256:{times("01", 32)}") == invented(`it is "01", again and again`)
	found($"sha256:{substring(times("0123456789", 7), 0, 64)}") == invented(`it is "0123456789", again and again`)
}

test_half_of_it_twice if {
	half := substring(computed, 0, 32)
	found($"sha256:{half}{half}") == invented($"it is \"{half}\", again and again")
}

test_a_repeated_part_is_chance if {
	part := substring(computed, 0, 31)
	found($"sha256:{part}{substring(computed, 31, 2)}{part}") == set()
}

test_counting_bytes if {
	bytes := [$"{first}{second}" |
		some first in ["0", "1"]
		some second in split("0123456789abcdef", "")
	]
	found(concat("", array.concat(["sha256:"], bytes))) == invented("it counts from 00 to 1f")
}

test_the_digest_of_nothing if {
	found($"sha256:{crypto.sha256("")}") == invented("it is that of no bytes at all")
}

test_the_finding if {
	image := {"net": "a", "image": "mina", "digest": "x", "object": "o", "field": "f", "at": 7}
	facts := {"images": [image, object.union(image, {"digest": "", "at": 8})]}
	digest.judged == 2 with data.facts as facts
	digest.violations == {{
		"subject": "a/mina",
		"message": `nobody can have computed the digest of image "mina": it is not sha256: and 64 of the characters 0-9 and a-f`,
		"at": 7,
		"object": "o",
		"field": "f",
	}} with data.facts as facts
}

test_of_no_net if {
	image := {"net": "", "image": "mina", "digest": "x", "object": "o", "field": "f", "at": 1}
	violations := digest.violations with data.facts as {"images": [image]}
	{violation.subject | some violation in violations} == {"mina"}
}
