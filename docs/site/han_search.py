"""Search that finds Chinese words, with the same rule for the index and for what is typed.

Sphinx takes a run of Chinese characters, which has no spaces, as one word, so that 重叠 would not
be found in 范围互相重叠. Here every two neighbouring characters are a word, and every single one:
no dictionary is needed, and nothing that stands in a page is missed. English is stemmed as ever.
"""  # noqa: INP001

import re
from typing import Final

from sphinx.application import Sphinx
from sphinx.search.en import SearchEnglish

_HAN: Final = r"\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
_RUNS: Final = re.compile(rf"[{_HAN}]+|[^\W{_HAN}]+")
_IS_HAN: Final = re.compile(rf"[{_HAN}]")

_SPLITTER: Final = rf"""
var splitQuery = (query) => {{
  const runs = /[{_HAN}]+|(?:(?![{_HAN}])[\p{{Letter}}\p{{Number}}_\p{{Emoji_Presentation}}])+/gu;
  return (query.match(runs) ?? []).flatMap((run) =>
    /[{_HAN}]/.test(run) && run.length > 1
      ? Array.from({{ length: run.length - 1 }}, (_, i) => run.slice(i, i + 2))
      : [run],
  );
}};
"""


class SearchHan(SearchEnglish):
    """English words, and Chinese by one and by two characters."""

    lang = "en-zh"
    language_name = "English"  # whose stemmer it is
    js_splitter_code = _SPLITTER

    def split(self, input: str) -> list[str]:  # noqa: A002 - the name is Sphinx's
        """Split into words: of a Chinese run, all characters and all neighbours."""
        words = []
        for run in _RUNS.findall(input):
            if _IS_HAN.match(run):
                words += [*run, *(run[i : i + 2] for i in range(len(run) - 1))]
            else:
                words.append(run)
        return words


def setup(app: Sphinx) -> dict[str, bool]:
    """Register the language, for ``html_search_language``."""
    app.add_search_language(SearchHan)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
