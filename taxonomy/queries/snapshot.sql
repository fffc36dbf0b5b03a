SELECT schema_version, digest FROM snapshot
