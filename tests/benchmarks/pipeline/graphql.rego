package main

deny contains message if {
	input.kind == "Service"
	input.spec.type in {"LoadBalancer", "NodePort"}
	some port in input.spec.ports
	is_graphql(port)
	message := $"{input.metadata.name}: GraphQL is never exposed to the world"
}

is_graphql(port) if port.name == "graphql"

is_graphql(port) if port.port == 3085

is_graphql(port) if port.targetPort in {"graphql", 3085}
