"""`testnet publish` and the key register."""
