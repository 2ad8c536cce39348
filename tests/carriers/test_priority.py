"""Two carriers that are one for everybody but the sender."""

from __future__ import annotations

from gateway.carriers.port import CarrierAccount, SignedRequest
from gateway.carriers.priority import CarriersByPriority, carrier_of, members_of
from gateway.carriers.simulator.carrier import SimulatorCarrier
from gateway.carriers.twilio.carrier import TwilioCarrier
from gateway.kernel.errors import CarrierError
from tests.fakes import ScriptedCarrier
from tests.web.signing import sign

FIRST = CarrierAccount("AC" + "1" * 32, "token-one", "http://127.0.0.1:1")
SECOND = CarrierAccount("AC" + "2" * 32, "token-two", "http://127.0.0.1:1")


def _signed(token: str) -> SignedRequest:
    form = {"MessageSid": "SM1", "From": "+8613812340001", "To": "+8657100000001", "Body": "1"}
    signature = sign("/twilio/sms", form, token=token)
    return SignedRequest("https://village.example/twilio/sms", list(form.items()), {"X-Twilio-Signature": signature})


def test_signature_of_either_is_accepted_and_of_nobody_else() -> None:
    both = CarriersByPriority([SimulatorCarrier(FIRST), TwilioCarrier(SECOND)])
    assert both.verifies(_signed("token-one"))
    assert both.verifies(_signed("token-two"))
    assert not both.verifies(_signed("token-three"))
    assert both.read_text(_signed("token-two")).carrier_id == "SM1"
    assert both.name == "simulator"


def test_account_names_its_carrier() -> None:
    first, second = TwilioCarrier(FIRST), TwilioCarrier(SECOND)
    both = CarriersByPriority([first, second])
    assert members_of(both) == (first, second)
    assert members_of(first) == (first,)
    assert carrier_of(both, SECOND.account_sid) is second
    assert carrier_of(both, "") is both
    assert carrier_of(first, "gone") is first


def test_what_a_carrier_keeps_is_found_wherever_it_is() -> None:
    class Empty(ScriptedCarrier):
        def fetch_recording(self, recording_id: str) -> bytes:
            raise CarrierError("carrier_misconfigured")

    full = ScriptedCarrier()
    full.recordings["RE1"] = b"RIFF"
    both = CarriersByPriority([Empty(), full])
    assert both.fetch_recording("RE1") == b"RIFF"
    both.redact_text("SM1")
    both.delete_recording("RE1")
    assert full.redacted == ["SM1"]
    assert not full.recordings
