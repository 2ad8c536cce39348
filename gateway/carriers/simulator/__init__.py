"""The simulated carrier: a telephone company in a process of its own that speaks Twilio's protocol.

`carrier.py` is the gateway's adapter. Everything else here is the company: `server` takes REST requests (`rest`), keeps
what a carrier keeps (`ledger`), calls the gateway's webhooks (`webhooks`), carries texts (`texts`) and calls (`calls`,
`walker`) to telephones (`phones`, `people`), and is driven over `control` by a browser or by code (`driver`).
"""
