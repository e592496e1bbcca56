"""Elements that stand in the page itself."""

import re
from html import escape

from branca.element import Element
from jinja2 import Template

__all__ = ["Inline"]


class Inline(Element):
    """Code or data that stands in the page itself.

    Unlike ``Element(code)``, and unlike what a folium macro returns, it is never read as a
    template: a name such as ``{{ 7 * 7 }}`` stays what it is.
    """

    _template = Template("<{{ this.tag }}{{ this.attributes }}>{{ this.code }}</{{ this.tag }}>")

    def __init__(self, tag: str, code: str, **attributes: str) -> None:
        super().__init__()
        self._name = "Inline"
        self.tag = tag
        self.attributes = "".join(f' {key}="{escape(text)}"' for key, text in attributes.items())
        # A closing tag within a string would end the element; the escape means the same to script.
        self.code = re.sub(rf"</(?={tag})", r"<\\/", code, flags=re.IGNORECASE)
