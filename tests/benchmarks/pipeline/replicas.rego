package main

deny contains message if {
	input.kind == "StatefulSet"
	input.metadata.labels["testnet/role"] == "block-producer"
	input.spec.replicas != 1
	message := $"{input.metadata.name}: a block producer has one replica, not {input.spec.replicas}"
}

deny contains message if {
	input.kind == "Deployment"
	input.metadata.labels["testnet/role"] == "block-producer"
	message := $"{input.metadata.name}: a Deployment starts a second block producer before the first ends"
}
