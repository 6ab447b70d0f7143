"""Settings, prices of insurers: what each pays for a procedure from a day on."""
