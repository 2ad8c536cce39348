"""Resources as JSON, every documented field present (Twilio's OpenAPI document of the 2010-04-01 API)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from email.utils import format_datetime
from typing import Any
from urllib.parse import urlencode

from gateway.carriers.simulator.exchange import API_VERSION
from gateway.carriers.simulator.ledger import Call, Recording, Text
from gateway.carriers.simulator.progress import duration_of
from gateway.carriers.simulator.segments import count_segments


def text_json(text: Text, account: str) -> dict[str, Any]:
    """A message."""
    uri = f"/{API_VERSION}/Accounts/{account}/Messages/{text.sid}"
    return {
        "account_sid": account,
        "api_version": API_VERSION,
        "body": text.body,
        "date_created": _moment(text.created),
        "date_sent": _moment(text.sent),
        "date_updated": _moment(text.updated),
        "direction": text.direction,
        "error_code": text.error_code,
        "error_message": f"Error {text.error_code}" if text.error_code else None,
        "from": text.sender,
        "messaging_service_sid": None,
        "num_media": "0",
        "num_segments": str(count_segments(text.body)),
        "price": None,
        "price_unit": "USD",
        "sid": text.sid,
        "status": text.status,
        "subresource_uris": {"media": f"{uri}/Media.json", "feedback": f"{uri}/Feedback.json"},
        "to": text.to,
        "uri": f"{uri}.json",
    }


def call_json(call: Call, account: str) -> dict[str, Any]:
    """A call."""
    uri = f"/{API_VERSION}/Accounts/{account}/Calls/{call.sid}"
    return {
        "account_sid": account,
        "answered_by": None,
        "api_version": API_VERSION,
        "caller_name": None,
        "date_created": _moment(call.created),
        "date_updated": _moment(call.updated),
        "direction": call.direction,
        "duration": str(duration_of(call)) if call.is_over else None,
        "end_time": _moment(call.ended),
        "forwarded_from": None,
        "from": call.sender,
        "from_formatted": call.sender,
        "group_sid": None,
        "parent_call_sid": None,
        "phone_number_sid": None,
        "price": None,
        "price_unit": "USD",
        "queue_time": "0",
        "sid": call.sid,
        "start_time": _moment(call.started),
        "status": call.status,
        "subresource_uris": {"recordings": f"{uri}/Recordings.json"},
        "to": call.to,
        "to_formatted": call.to,
        "trunk_sid": None,
        "uri": f"{uri}.json",
    }


def recording_json(recording: Recording, account: str, url: str) -> dict[str, Any]:
    """A recording; `url` is the carrier's own address."""
    uri = f"/{API_VERSION}/Accounts/{account}/Recordings/{recording.sid}"
    return {
        "account_sid": account,
        "api_version": API_VERSION,
        "call_sid": recording.call_sid,
        "channels": 1,
        "conference_sid": None,
        "date_created": _moment(recording.at),
        "date_updated": _moment(recording.at),
        "duration": str(recording.seconds),
        "encryption_details": None,
        "error_code": None,
        "media_url": f"{url}{uri}",
        "price": None,
        "price_unit": "USD",
        "sid": recording.sid,
        "source": "RecordVerb",
        "start_time": _moment(recording.at),
        "status": "completed",
        "subresource_uris": {},
        "uri": f"{uri}.json",
    }


def page_json(name: str, items: Sequence[dict[str, Any]], path: str, query: dict[str, str]) -> dict[str, Any]:
    """One page of a list; `query` holds the filters and Page and PageSize as asked for."""
    size = min(max(_whole(query.get("PageSize"), 50), 1), 1000)
    number = _whole(query.get("Page"), 0)
    start = number * size
    shown = items[start : start + size]

    def uri(page: int) -> str:
        return f"{path}?{urlencode({**query, 'PageSize': str(size), 'Page': str(page)})}"

    return {
        name: list(shown),
        "page": number,
        "page_size": size,
        "start": start,
        "end": max(start + len(shown) - 1, 0),
        "uri": uri(number),
        "first_page_uri": uri(0),
        "previous_page_uri": uri(number - 1) if number else None,
        "next_page_uri": uri(number + 1) if len(items) > start + size else None,
    }


def _whole(text: str | None, default: int) -> int:
    return int(text) if text and text.isdecimal() else default


def _moment(at: datetime | None) -> str | None:
    return format_datetime(at) if at else None
