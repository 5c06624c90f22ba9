"""What stands in the cloud once Terraform made everything, and the rules that it has to keep."""
