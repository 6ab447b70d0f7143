"""Follow the links of a site from its first page, as far as there is something new to see."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from urllib.parse import urldefrag, urlencode, urljoin, urlsplit

from lxml import etree, html

MOST_OF_A_KIND = 40
MOST_CHOICES_OF_A_KIND = 40
"""How many addresses of one url pattern are opened: those that a page links to, and those that a form leads to."""
MOST_FROM_ONE_PAGE = 5
"""How many new ones of a pattern one page gives at first; the others wait until every page has been read."""
TYPED = "mar"
"""What is typed into a search field."""
# What is sent by POST is no page to look at.
_SENT = frozenset({"action", "formaction", "hx-post", "hx-put", "hx-patch", "hx-delete", "hx-target", "hx-select"})


@dataclass(frozen=True, slots=True)
class Target:
    """An address of the site, and whether a page asks for it to put it into itself (htmx)."""

    address: str
    is_part: bool = False
    is_choice: bool = field(default=False, compare=False)


@dataclass(slots=True)
class Answer:
    """What came back: the status, the content type and the body."""

    status: int
    kind: str
    content: bytes

    @property
    def page(self) -> str:
        """The markup of a page or of a part of one, "" where it is something else."""
        return self.content.decode() if self.kind.startswith("text/html") else ""


class Crawl:
    """One walk through a site. `kind_of` names the url pattern of a path, "" for what is no page of the site."""

    def __init__(self, get: Callable[[Target, str], Answer], kind_of: Callable[[str], str]) -> None:
        self._get, self._kind_of = get, kind_of
        self._seen: set[Target] = set()
        self._opened: Counter[tuple[str, bool]] = Counter()
        self._next: deque[Target] = deque()
        self._later: deque[Target] = deque()
        self.opened: list[tuple[str, Target]] = []

    def walk(self, *first: str) -> None:
        """Open these addresses and whatever they lead to."""
        self._next.extend(Target(one) for one in first)
        self._seen.update(self._next)
        while self._next or self._later:
            self._open((self._next or self._later).popleft())

    def _open(self, target: Target) -> None:
        kind = self._kind_of(urlsplit(target.address).path)
        most = MOST_CHOICES_OF_A_KIND if target.is_choice else MOST_OF_A_KIND
        if not kind or self._opened[kind, target.is_choice] >= most:
            return
        self._opened[kind, target.is_choice] += 1
        self.opened.append((kind, target))
        answer = self._get(target, kind)
        from_here: Counter[str] = Counter()
        for found in targets(answer.page, target.address):
            if found not in self._seen:
                self._seen.add(found)
                kind = self._kind_of(urlsplit(found.address).path)
                from_here[kind] += 1
                (self._next if from_here[kind] <= MOST_FROM_ONE_PAGE else self._later).append(found)


def targets(markup: str, address: str) -> Iterator[Target]:
    """Yield what a page leads to by links, by parts that it loads, and by each choice of its forms."""
    try:
        page = html.document_fromstring(markup)
    except etree.ParserError:
        return
    for node in page.iter(etree.Element):
        for name, value in node.attrib.items():
            if name not in _SENT and (name == "href" or value.startswith("/")):
                yield from (Target(found, name == "hx-get") for found in within(value, address))
        if "hx-get" in node.attrib and node.get("name"):
            words = urlencode({node.get("name"): node.get("value") or TYPED})
            yield from (Target(found, True) for found in within(f"{node.get('hx-get')}?{words}", address))
    for form in page.forms:
        if form.method == "GET":
            yield from _choices(form, address)


def within(value: str, address: str) -> Iterator[str]:
    """Yield the path and query that a link on the page at `address` means, where it is one of the same site."""
    if value.startswith(("mailto:", "tel:", "javascript:", "data:")):
        return
    try:
        parts = urlsplit(urljoin(address, urldefrag(value).url))
    except ValueError:
        return
    if not parts.netloc and parts.path.startswith("/"):
        yield parts.path + (f"?{parts.query}" if parts.query else "")


def _choices(form: html.FormElement, address: str) -> Iterator[Target]:
    """Yield where a form leads as it stands, and with each one of its fields filled in another way."""
    stands = form.form_values()
    yield from _filled(form, stands, address)
    for field_ in form.inputs:
        if not field_.name or field_.get("type") in {"hidden", "submit"}:
            continue
        for value in _values(field_):
            yield from _filled(form, [(name, old) for name, old in stands if name != field_.name] + value, address)


def _values(field_: html.HtmlElement) -> Iterator[list[tuple[str, str]]]:
    name = field_.name
    if isinstance(field_, html.SelectElement):
        yield from ([(name, value)] for value in field_.value_options)
    elif field_.get("type") == "checkbox":
        yield [] if field_.get("checked") is not None else [(name, field_.get("value") or "on")]
    elif field_.get("type") == "radio":
        yield [(name, field_.get("value") or "on")]
    elif field_.get("type") in {None, "text", "search"}:
        yield [(name, TYPED)]


def _filled(form: html.FormElement, values: list[tuple[str, str]], address: str) -> Iterator[Target]:
    action = form.action or address
    joint = "&" if "?" in action else "?"
    for found in within(f"{action}{joint}{urlencode(values)}", address):
        yield Target(found, is_choice=True)
