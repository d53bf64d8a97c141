package testnet.rules.images.release_test

import data.testnet.rules.images.release

image(net, use, number, at) := {
	"net": net,
	"use": use,
	"image": $"mina-{use}:{number}",
	"release": number,
	"at": at,
}

found(images) := violations if {
	violations := release.violations with data.facts as {"images": images}
}

test_an_archive_of_another_release if {
	images := [
		image("a", "daemon", "3.0.3", 1),
		image("a", "archive", "3.1.0", 2),
		image("a", "service", "0.1.8", 3),
	]
	release.judged == 1 with data.facts as {"images": images}
	found(images) == {{
		"subject": "a/mina-archive:3.1.0",
		"message": `archive image "mina-archive:3.1.0" is of release 3.1.0, and no daemon of net "a" is`,
		"at": 2,
	}}
}

test_the_same_release_is_fine if {
	found([image("a", "daemon", "3.0.3", 1), image("a", "archive", "3.0.3", 2)]) == set()
}

test_one_of_several_releases_is_fine if {
	daemons := [image("a", "daemon", "3.0.3", 1), image("a", "daemon", "3.1.0", 2)]
	found(array.concat(daemons, [image("a", "archive", "3.1.0", 3)])) == set()
}

test_the_release_of_another_net_does_not_count if {
	{violation.at | some violation in found([
		image("a", "daemon", "3.0.3", 1),
		image("b", "daemon", "3.1.0", 2),
		image("a", "archive", "3.1.0", 3),
	])} == {3}
}

test_an_unknown_release_is_not_judged if {
	found([image("a", "daemon", "3.0.3", 1), image("a", "archive", "", 2)]) == set()
	found([image("a", "daemon", "", 1), image("a", "archive", "3.1.0", 2)]) == set()
}

test_images_of_other_uses_are_not_judged if {
	found([image("a", "daemon", "3.0.3", 1), image("a", "postgres", "15", 2)]) == set()
	found([image("a", "postgres", "3.0.3", 1), image("a", "archive", "3.1.0", 2)]) == set()
}
