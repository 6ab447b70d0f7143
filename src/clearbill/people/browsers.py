"""What people call a browser, by what it says of itself."""

from __future__ import annotations

# Others name Chrome and Safari too: the first that fits counts.
_BROWSERS = {
    "Edg": "Edge",
    "OPR": "Opera",
    "Firefox": "Firefox",
    "FxiOS": "Firefox",
    "Chrome": "Chrome",
    "CriOS": "Chrome",
}

_SYSTEMS = {
    "iPhone": "an iPhone",
    "iPad": "an iPad",
    "Android": "Android",
    "Windows": "Windows",
    "CrOS": "a Chromebook",
    "Mac OS X": "a Mac",
    "Linux": "Linux",
}


def name_of(user_agent: str) -> str:
    """Return the browser and what it runs on, such as “Firefox on Windows”, as far as they are known."""
    browser = next((name for sign, name in _BROWSERS.items() if sign in user_agent), "")
    browser = browser or ("Safari" if "Safari" in user_agent else "A browser")
    system = next((name for sign, name in _SYSTEMS.items() if sign in user_agent), "")
    return f"{browser} on {system}" if system else browser
