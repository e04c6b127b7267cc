"""What costs money: leases, the budget, prices.

``leases`` and ``ledger`` keep files in the user's state directory, which is to lie on a disk of this machine: they rely
on its locks and on what it has when a call to sync it returns.
"""
