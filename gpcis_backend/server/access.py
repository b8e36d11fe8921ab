"""Who may call: those who know the token, or user and password."""

import hmac
from dataclasses import dataclass, field

from werkzeug.datastructures import Authorization

ANY_USER = "gpcis"


@dataclass(frozen=True, slots=True)
class Login:
    """User and password of HTTP Basic."""

    user: str
    password: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Door:
    """What callers must know.

    Args:
        login: For HTTP Basic, which browsers and Label Studio speak; None if not set.
        token: For ``Authorization: Bearer``, which the page sends; empty if not set.
    """

    login: Login | None = None
    token: str = field(default="", repr=False)

    @property
    def is_open(self) -> bool:
        """Whether nothing is asked."""
        return self.login is None and not self.token

    def lets_in(self, given: Authorization | None) -> bool:
        """Whether the credentials are right; takes as long for wrong ones.

        Label Studio knows HTTP Basic only: there the token is the password of any user.
        """
        if given is None:
            return False
        bearer, password = given.token or "", given.password or ""
        knows_token = _is_same(bearer, self.token) | _is_same(password, self.token)
        if self.token and knows_token:
            return True
        login = self.login or Login("", "")
        is_user = _is_same(given.username or "", login.user)
        is_password = _is_same(password, login.password)
        return self.login is not None and is_user & is_password


def _is_same(given: str, expected: str) -> bool:
    return hmac.compare_digest(given.encode(), expected.encode())
