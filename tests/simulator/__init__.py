"""A bank that lives, a Pluggy that collects it, a network that fails and a process that is killed: all of one seed."""
