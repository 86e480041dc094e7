"""How well the check between a model and a reader tells truth from lies, by kind of lie and style."""
