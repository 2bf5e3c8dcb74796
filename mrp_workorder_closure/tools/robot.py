"""What group robots and webhooks expect: signatures, requests, answers and limits, as plain data."""

import base64
import hashlib
import hmac
import json
from datetime import timedelta
from email.utils import parsedate_to_datetime
from typing import NamedTuple
from urllib.parse import parse_qsl, quote, quote_plus, unquote, urlsplit

# Bodies of robots hold at most 20 KB; some of it is left for what differs in counting.
MAX_ROBOT_BYTES = 20_000
# Messages and seconds: so many in so long. Whoever sends DingTalk more is blocked for ten minutes.
LIMITS = {"dingtalk": ((20, 60),), "feishu": ((100, 60), (5, 1))}
# Codes that say "too fast", and the seconds to keep still after one.
TOO_FAST = {"dingtalk": {130101, 410100}, "feishu": {11232, 99991400}}
PAUSE = {"dingtalk": 600, "feishu": 60}
# Where the answer of a robot has its code and its explanation.
ANSWER = {"dingtalk": (("errcode", "errmsg"),), "feishu": (("code", "msg"), ("StatusCode", "StatusMessage"))}
FIRST_DELAY, LONGEST_DELAY = 60, 6 * 3600
LONGEST_PAUSE = 24 * 3600


class Request(NamedTuple):
    """A request that is ready to be posted."""

    url: str
    headers: dict
    body: bytes


class DeliveryError(Exception):
    """Why a message was not delivered: a code, what belongs to it, and for how long to keep still.

    Holds nothing of the address: it is shown and logged.
    """

    def __init__(self, code, pause=None, **values):
        super().__init__(code)
        self.code, self.pause, self.values = code, pause, values


def sign_dingtalk(secret, milliseconds):
    """Signature of a DingTalk robot: the secret signs the time and itself.

    >>> sign_dingtalk("this is secret", 1577262236757)
    'hmPWwU+7lVdm3ZZz0r9tSfx0L4Q26jWOZr9+Gs6EZQM='
    """
    text = f"{milliseconds}\n{secret}"
    return base64.b64encode(hmac.new(secret.encode(), text.encode(), hashlib.sha256).digest()).decode()


def sign_feishu(secret, seconds):
    """Signature of a Feishu robot: time and secret are the key, the message is empty.

    >>> sign_feishu("demo", 1599360473)
    'l1N0gAcBjdwBvGm1xMjOF0XSyaLRpR7tuO5dHfhAYc8='
    """
    key = f"{seconds}\n{secret}"
    return base64.b64encode(hmac.new(key.encode(), b"", hashlib.sha256).digest()).decode()


def sign_webhook(secret, seconds, body):
    """Signature of a plain webhook: the secret signs the time, a point, and the body as it is sent.

    >>> sign_webhook("demo", 1599360473, b'{"event":"closed"}')
    'sha256=579d920b8f2f18bb32434652da8e91142c0897b6f38cd8bcb38aaeb5a6190e18'
    """
    return "sha256=" + hmac.new(secret.encode(), f"{seconds}.".encode() + body, hashlib.sha256).hexdigest()


def build_dingtalk(url, secret, text, now):
    """A text message for a DingTalk robot.

    :param now: seconds since 1970, with fractions
    :param secret: empty for robots that are guarded in another way

    >>> request = build_dingtalk("https://robot.example/send?access_token=t", "this is secret", "Hello", 1577262236.757)
    >>> request.url.partition("&")[2]
    'timestamp=1577262236757&sign=hmPWwU%2B7lVdm3ZZz0r9tSfx0L4Q26jWOZr9%2BGs6EZQM%3D'
    >>> request.body.decode()
    '{"msgtype":"text","text":{"content":"Hello"},"at":{"isAtAll":false}}'
    """
    if secret:
        milliseconds = round(now * 1000)
        joint = "&" if "?" in url else "?"
        url += f"{joint}timestamp={milliseconds}&sign={quote_plus(sign_dingtalk(secret, milliseconds))}"
    return Request(
        url,
        {"Content-Type": "application/json; charset=utf-8"},
        _fit(text, lambda part: {"msgtype": "text", "text": {"content": part}, "at": {"isAtAll": False}}),
    )


def build_feishu(url, secret, text, now):
    """A text message for a Feishu robot. Nobody is called by a tag that stands in a name.

    >>> build_feishu("https://robot.example/hook/t", "", 'Pump <at user_id="all"></at>', 1599360473).body.decode()
    '{"msg_type":"text","content":{"text":"Pump ＜at user_id=\\\\"all\\\\"></at>"}}'
    >>> build_feishu("https://robot.example/hook/t", "demo", "Hello", 1599360473.9).body.decode()[:84]
    '{"timestamp":"1599360473","sign":"l1N0gAcBjdwBvGm1xMjOF0XSyaLRpR7tuO5dHfhAYc8=","msg'
    """
    signed = {"timestamp": str(int(now)), "sign": sign_feishu(secret, int(now))} if secret else {}
    text = text.replace("<at", "＜at")
    return Request(
        url,
        {"Content-Type": "application/json; charset=utf-8"},
        _fit(text, lambda part: {**signed, "msg_type": "text", "content": {"text": part}}),
    )


def build_webhook(url, secret, payload, now):
    """Plain data as JSON, signed in its headers.

    >>> request = build_webhook("https://example.com/in", "demo", {"event": "closed"}, 1599360473.2)
    >>> request.headers["X-Closure-Timestamp"], request.headers["X-Closure-Signature"][:13], request.body
    ('1599360473', 'sha256=579d92', b'{"event":"closed"}')
    """
    body = _write(payload)
    headers = {
        "Content-Type": "application/json; charset=utf-8",
        "X-Closure-Event": payload["event"],
        "X-Closure-Timestamp": str(int(now)),
    }
    if secret:
        headers["X-Closure-Signature"] = sign_webhook(secret, int(now), body)
    return Request(url, headers, body)


def _write(data):
    return json.dumps(data, ensure_ascii=False, separators=(",", ":")).encode()


def _fit(text, wrap):
    """The body, with the end of the text left out until a robot takes it.

    >>> body = _fit("螺" * 20000, lambda part: {"text": part})
    >>> MAX_ROBOT_BYTES - 4 < len(body) <= MAX_ROBOT_BYTES, json.loads(body)["text"][-2:]
    (True, '螺…')
    >>> len(_fit('"' * 20000, lambda part: {"text": part})) <= MAX_ROBOT_BYTES
    True
    """
    body = _write(wrap(text))
    if len(body) <= MAX_ROBOT_BYTES:
        return body
    fits, exceeds = 0, len(text)
    while exceeds - fits > 1:
        middle = (fits + exceeds) // 2
        if len(_write(wrap(text[:middle] + "…"))) <= MAX_ROBOT_BYTES:
            fits = middle
        else:
            exceeds = middle
    return _write(wrap(text[:fits] + "…"))


def read_answer(kind, status, retry_after, body, now):
    """Nothing, where the message was taken.

    :param retry_after: the header of that name, or None
    :raises DeliveryError: with what the other side said

    >>> read_answer("webhook", 204, None, b"", 0)
    >>> read_answer("dingtalk", 200, None, b'{"errcode":0,"errmsg":"ok"}', 0)
    >>> read_answer("feishu", 200, None, b'{"StatusCode":0,"StatusMessage":"success"}', 0)
    >>> def complain(*arguments):
    ...     try:
    ...         read_answer(*arguments)
    ...     except DeliveryError as error:
    ...         return error.code, error.pause, error.values
    >>> complain("feishu", 200, None, b'{"code":19021,"msg":"sign match fail"}', 0)
    ('answer_code', None, {'number': 19021, 'text': 'sign match fail'})
    >>> complain("dingtalk", 200, None, b'{"errcode":130101,"errmsg":"send too fast"}', 0)
    ('too_fast', 600, {})
    >>> complain("feishu", 200, None, b'<html>', 0)
    ('answer_unclear', None, {})
    >>> complain("webhook", 429, "120", b"", 0), complain("webhook", 302, None, b"", 0)
    (('too_fast', 120, {}), ('redirect', None, {'status': 302}))
    >>> complain("webhook", 503, "Thu, 01 Jan 1970 00:01:00 GMT", b"", 0)
    ('status', 60, {'status': 503})
    """
    pause = get_pause(retry_after, now)
    if status == 429:
        raise DeliveryError("too_fast", pause or PAUSE.get(kind))
    if 300 <= status < 400:
        raise DeliveryError("redirect", status=status)
    if not 200 <= status < 300:
        raise DeliveryError("status", pause, status=status)
    if kind in ANSWER:
        number, text = _read_code(kind, body)
        if number in TOO_FAST[kind]:
            raise DeliveryError("too_fast", pause or PAUSE[kind])
        if number != 0:
            raise DeliveryError("answer_code", pause, number=number, text=text)


def _read_code(kind, body):
    try:
        answer = json.loads(body)
    except (ValueError, RecursionError):
        raise DeliveryError("answer_unclear") from None
    for code, explanation in ANSWER[kind]:
        if isinstance(answer, dict) and type(answer.get(code)) is int:
            return answer[code], str(answer.get(explanation, ""))
    raise DeliveryError("answer_unclear")


def get_pause(retry_after, now):
    """Seconds to keep still, from a Retry-After header: a number or a date; None for anything else.

    >>> get_pause("30", 0), get_pause("999999999", 0), get_pause("soon", 0), get_pause(None, 0), get_pause("-1", 0)
    (30, 86400, None, None, None)
    >>> get_pause("Thu, 01 Jan 1970 00:02:00 GMT", 30)
    90
    """
    text = (retry_after or "").strip()
    if text.isascii() and text.isdigit():
        seconds = int(text[:12])
    else:
        try:
            seconds = parsedate_to_datetime(text).timestamp() - now
        except (ValueError, TypeError, OverflowError):
            return None
    return min(round(seconds), LONGEST_PAUSE) if seconds > 0 else None


def get_delay(attempts):
    """Seconds until the next attempt, after so many that failed: a minute, and twice as long each time.

    >>> [get_delay(attempts) // 60 for attempts in range(1, 12)]
    [1, 2, 4, 8, 16, 32, 64, 128, 256, 360, 360]
    """
    return min(FIRST_DELAY * 2 ** (attempts - 1), LONGEST_DELAY)


def get_free_time(times, limits, now):
    """When the next message may go, given when earlier ones went.

    Times are whole seconds, so each window is taken one second longer.

    >>> from datetime import datetime
    >>> now = datetime(2026, 1, 1, 12, 0, 30)
    >>> get_free_time([], ((2, 60),), now) == now, get_free_time([now], ((2, 60),), now) == now
    (True, True)
    >>> get_free_time([now, now - timedelta(seconds=20)], ((2, 60),), now)
    datetime.datetime(2026, 1, 1, 12, 1, 11)
    >>> get_free_time([now - timedelta(seconds=61)] * 2, ((2, 60),), now) == now
    True
    """
    free = now
    for count, seconds in limits:
        window = timedelta(seconds=seconds + 1)
        recent = sorted(time for time in times if time > now - window)
        if len(recent) >= count:
            free = max(free, recent[-count] + window)
    return free


def get_secret_texts(url, secret):
    """Everything in an address that gives access, and the secret; plain and as they are quoted.

    >>> sorted(get_secret_texts("https://host.example/hook/9f8e7d6c5b?access_token=a%2Fb&x=1", "SEC"))
    ['9f8e7d6c5b', 'SEC', 'a%2Fb', 'a/b']
    """
    try:
        parts = urlsplit(url or "")
    except ValueError:
        return {url, secret} - {"", False, None}
    texts = {secret or "", parts.netloc.rpartition("@")[0]}
    texts.update(part for part in parts.path.split("/") if len(part) >= 8)
    texts.update(value for _name, value in parse_qsl(parts.query) if len(value) >= 3)
    return {form for text in texts for form in (text, quote(text, safe=""), unquote(text)) if form}


def scrub(text, secrets, length=200):
    """A text from elsewhere, fit to be shown: without secrets, on one line, not too long.

    >>> scrub("token a/b\\nis wrong", {"a/b"})
    'token *** is wrong'
    """
    for secret in sorted(secrets, key=len, reverse=True):
        text = text.replace(secret, "***")
    return " ".join(text.split())[:length]
