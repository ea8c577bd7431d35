"""What is there: members, excluded packages, configuration layers, pipeline files, tools. No policy."""
