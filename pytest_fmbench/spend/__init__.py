"""What costs money: leases, the budget, prices."""
