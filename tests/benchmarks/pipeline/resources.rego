package main

deny contains message if {
	input.kind in {"StatefulSet", "Deployment", "DaemonSet"}
	some container in input.spec.template.spec.containers
	some kind in ["requests", "limits"]
	not container.resources[kind].memory
	message := $"{input.metadata.name}: container {container.name} has no {kind} of memory"
}

deny contains message if {
	input.kind in {"StatefulSet", "Deployment", "DaemonSet"}
	some container in input.spec.template.spec.containers
	not container.resources.requests.cpu
	message := $"{input.metadata.name}: container {container.name} has no requests of cpu"
}
