"""How Django writes dates and times where no page of ours does: in the administration."""
