# Stands in for the digest of all policies, which the program writes when it loads them.
package testnet.version

digest := ""
