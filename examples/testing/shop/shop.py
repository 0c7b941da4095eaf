"""A shop's client for its supplier's web service: with requests, with patience and with limits."""

import requests
from requests.adapters import HTTPAdapter
from urllib3.util import Retry


class Supplier:
    """Orders and stock. What is only asked is asked again when it fails; an order is sent once."""

    def __init__(self, url, key, *, verify=True, timeout=5.0, pause=0.5):
        self._url = url
        self._how = {"timeout": timeout, "verify": verify}
        self._session = requests.Session()
        self._session.headers["X-Api-Key"] = key
        again = Retry(3, backoff_factor=pause, status_forcelist=(429, 502, 503, 504), allowed_methods=("GET",))
        for scheme in ("http://", "https://"):
            self._session.mount(scheme, HTTPAdapter(max_retries=again))

    def close(self):
        self._session.close()

    def stock(self, article):
        """How many there are; None for what isn't sold."""
        answer = self._session.get(f"{self._url}/stock/{article}", **self._how)
        if answer.status_code == 404:
            return None
        answer.raise_for_status()
        return answer.json()["count"]

    def order(self, article, count):
        """Gives the order's number. Raises ValueError where there aren't so many."""
        body = {"article": article, "count": count}
        answer = self._session.post(f"{self._url}/orders", json=body, **self._how)
        if answer.status_code == 409:
            raise ValueError(answer.json()["reason"])
        answer.raise_for_status()
        return answer.json()["number"]

    def everything(self):
        """All articles, page by page."""
        place = "/articles"
        while place:
            answer = self._session.get(self._url + place, **self._how)
            answer.raise_for_status()
            found = answer.json()
            yield from found["articles"]
            place = found.get("next")
