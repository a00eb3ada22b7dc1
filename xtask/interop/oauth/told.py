"""What every program here is given, and how it tells what it saw.

One line a step, which `cargo xtask interop oauth` reads: `saw STEP: WHAT` where the client did it, `lacks STEP: WHY` where
the client has nothing for it. Whatever else happens is an exception, and fails the check. No line has a secret or a token.
"""

import json
import sys


def stage():
    """The addresses, the credentials and the paths of `xtask/src/interop/oauth/stage.rs`."""
    return json.load(sys.stdin)


def saw(step, what):
    print(f"saw {step}: {what}", flush=True)


def lacks(step, why):
    print(f"lacks {step}: {why}", flush=True)


def same(what, found, expected):
    if found != expected:
        raise AssertionError(f"{what} should be {expected!r}; it is {found!r}")


def scopes(token):
    return sorted(token["scope"].split())


def raised(error_type, call):
    """What `call` raises, which is of `error_type`."""
    try:
        call()
    except error_type as error:
        return error
    raise AssertionError(f"it should raise {error_type.__name__}, and raises nothing")
