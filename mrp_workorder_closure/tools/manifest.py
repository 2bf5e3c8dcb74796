"""Looking into what a dossier says."""


def find_files(data):
    """Files that a manifest names, wherever in it, as the dicts that name them.

    >>> [file["id"] for file in find_files({"checks": [{"id": 1, "files": [{"id": 7}]}], "files": [{"id": 8}]})]
    [8, 7]
    """
    left = [data]
    while left:
        part = left.pop()
        if type(part) is list:
            left += reversed(part)
        elif type(part) is dict:
            yield from part.get("files", ())
            left += [value for name, value in reversed(part.items()) if type(value) in (list, dict) and name != "files"]


def is_link(file):
    """Whether a file of a manifest is but a link: it holds nothing that could have a hash.

    The first version wrote the hash of nothing.

    >>> is_link({"id": 7, "bytes": 0, "link": "https://example.com/plan"})
    True
    >>> is_link({"id": 8, "bytes": 5, "link": None}), is_link({"id": 9, "bytes": 0, "link": None})
    (False, False)
    """
    return bool(file["link"]) and not file["bytes"]
