"""Hooks of mkdocs for the project's site (mkdocs.yml).

On the file system and on a forge, the pages link to files outside of docs/: ../README.md, ../examples/stores/file.lua. The
site therefore has the layout of the project: docs/install.md becomes docs/install/, README.md the start page. Each file
that a page links to is part of the site too. A source file becomes a page that shows it, at its path with a slash; a
folder without a README.md becomes a list of its files. So every relative link leads to the same thing in both places, and mkdocs reports a link to a file that does not exist.
"""

import glob
import json
import os
import posixpath
import re

from mkdocs.exceptions import PluginError
from mkdocs.structure.files import File, Files
from mkdocs.utils import get_relative_url, is_markdown_file
from pygments.lexers import get_lexer_for_filename
from pygments.util import ClassNotFound

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
COPIED = (".svg", ".png", ".css")
# Matches code, or the end of a link. Group 1 is the path of the link.
CODE_OR_LINK = re.compile(r"^```.*?^```$|`[^`\n]*`|\]\(([^)\s#]+)[^)\s]*\)", re.DOTALL | re.MULTILINE)


class SourceFile(File):
    """A file or folder that the site shows as a page: a program, a configuration, a license."""

    def is_documentation_page(self):
        return True

    def _get_dest_path(self, use_directory_urls):
        return posixpath.join(self.src_uri, "index.html")


def is_plain_folder(path):
    folder = os.path.join(ROOT, path)
    return os.path.isdir(folder) and not os.path.isfile(os.path.join(folder, "README.md"))


def is_source(url):
    """Whether a page of the site shows a source file or folder: its URL is then the path and a slash."""
    path = url.rstrip("/")
    return os.path.isfile(os.path.join(ROOT, path)) or is_plain_folder(path)


def read(path):
    with open(os.path.join(ROOT, path), encoding="utf-8") as file:
        return file.read()


def slug(title, separator):
    """The id that GitHub and GitLab give a heading."""
    return re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", separator)


def pages_below(folder):
    names = glob.glob(os.path.join(ROOT, folder, "**", "*.md"), recursive=True)
    return sorted(os.path.relpath(name, ROOT) for name in names)


def target_of(page, link):
    """The file or folder that a relative link leads to: README.md, if the folder has one. None if it does not exist."""
    path = posixpath.normpath(posixpath.join(posixpath.dirname(page), link))
    if path.startswith("..") or not os.path.exists(os.path.join(ROOT, path)):
        return None
    if os.path.isfile(os.path.join(ROOT, path)) or is_plain_folder(path):
        return path
    return posixpath.normpath(posixpath.join(path, "README.md"))


def linked_files(path):
    """For a folder, its files. For a Markdown page, the files and folders that its relative links lead to."""
    if is_plain_folder(path):
        for name in sorted(os.listdir(os.path.join(ROOT, path))):
            if os.path.isfile(os.path.join(ROOT, path, name)):
                yield posixpath.join(path, name)
    elif is_markdown_file(path):
        for link in CODE_OR_LINK.findall(read(path)):
            target = link and not re.match(r"[a-z]+:", link) and target_of(path, link)
            if target:
                yield target


def named_in(nav):
    for entry in nav:
        for value in entry.values() if isinstance(entry, dict) else [entry]:
            if isinstance(value, list):
                yield from named_in(value)
            else:
                yield value


def expanded(nav, named):
    """The navigation, in which the pages of a folder replace the name of the folder."""
    for entry in nav:
        if isinstance(entry, dict):
            ((title, value),) = entry.items()
            value = list(expanded(value, named)) if isinstance(value, list) else value
            if value:
                yield {title: value}
        elif entry.endswith("/"):
            for page in pages_below(entry):
                if posixpath.dirname(page) == entry[:-1] and page not in named:
                    yield page
        else:
            yield entry


def on_config(config):
    config["nav"] = list(expanded(config["nav"], set(named_in(config["nav"]))))
    config["mdx_configs"].setdefault("toc", {})["slugify"] = slug
    return config


def on_files(files, config):
    missing = sorted(set(pages_below("docs")) - set(named_in(config["nav"])))
    if missing:
        raise PluginError("pages that the navigation in mkdocs.yml lacks: " + ", ".join(missing))
    paths = ["README.md", *pages_below("docs"), *config["extra_css"]]
    for path in paths:  # the loop itself adds paths to the list
        paths.extend(file for file in linked_files(path) if file not in paths)
    result = [file for file in files if not file.abs_src_path.startswith(config["docs_dir"])]  # the theme's files
    for path in paths:
        is_copied = is_markdown_file(path) or path.endswith(COPIED)
        kind = File if is_copied else SourceFile
        result.append(kind(path, ROOT, config["site_dir"], config["use_directory_urls"]))
    return Files(result)


def on_page_read_source(page, config):
    """The text of the page that shows a source file."""
    path = page.file.src_uri
    if is_markdown_file(path):
        return None
    if is_plain_folder(path):
        links = [f"- [{file}]({posixpath.relpath(file, posixpath.dirname(path))})" for file in linked_files(path)]
        return "# {}\n\n{}\n".format(path, "\n".join(links))
    try:
        language = get_lexer_for_filename(path).aliases[0]
    except ClassNotFound:
        language = "text"
    return "# {}\n\n~~~~~~{}\n{}\n~~~~~~\n".format(path, language, read(path).rstrip("\n"))


def on_page_markdown(markdown, page, files, **_):
    """Changes links to folders, and to files without a dot in the name, because mkdocs does not change them."""

    def mended(match):
        link = match.group(1)
        if not link or re.match(r"[a-z]+:", link) or "." in posixpath.basename(link).strip("."):
            return match.group(0)
        target = target_of(page.file.src_uri, link)
        if not target:
            return match.group(0)
        url = get_relative_url(files.get_file_from_path(target).url, page.file.url)
        return match.group(0).replace("](" + link, "](" + url, 1)

    return CODE_OR_LINK.sub(mended, markdown) if is_markdown_file(page.file.src_uri) else markdown


def on_page_content(html, **_):
    """Lets a long name in a table, such as billing.extra_info.id, be broken after a dot or a double colon."""

    def breakable(match):
        return re.sub("<code>.*?</code>", lambda code: re.sub(r"\.|::", r"\g<0><wbr>", code.group(0)), match.group(0))

    return re.sub("<td.*?</td>", breakable, html, flags=re.DOTALL)


def on_post_build(config):
    """Takes the pages of source files out of the search: they have the words of every page, and are rarely meant."""
    name = os.path.join(config["site_dir"], "search", "search_index.json")
    with open(name, encoding="utf-8") as file:
        index = json.load(file)
    index["docs"] = [entry for entry in index["docs"] if not is_source(entry["location"].partition("#")[0])]
    with open(name, "w", encoding="utf-8") as file:
        json.dump(index, file)
