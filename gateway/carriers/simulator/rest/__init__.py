"""The REST interface of the simulated carrier: Twilio's 2010-04-01 messages, calls and recordings."""
