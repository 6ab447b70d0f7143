"""The sending queue: leases, sending, circuit breaker, status polling."""
