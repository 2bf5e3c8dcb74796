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
