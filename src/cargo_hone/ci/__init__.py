"""The pipeline: GitHub workflows, development containers, the gate, the summary of a job."""
