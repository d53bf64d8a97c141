package main

deny contains message if {
	input.kind == "Secret"
	message := $"{input.metadata.name}: secrets are referred to, never written"
}
