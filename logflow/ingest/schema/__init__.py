"""Types of columns: facts about all values, and the schema that they lead to."""
