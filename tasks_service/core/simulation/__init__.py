"""The days ahead on a virtual clock: the service's own decisions, played through before they happen. Pure."""
