"""Looking into what a dossier says."""


def find_files(data):
    """Files that a manifest names, wherever in it, as the dicts that name them.

    >>> [file["id"] for file in find_files({"checks": [{"id": 1, "files": [{"id": 7}]}], "files": [{"id": 8}]})]
    [8, 7]
    """
    if isinstance(data, list):
        for item in data:
            yield from find_files(item)
    elif isinstance(data, dict):
        yield from data.get("files", ())
        for name, value in data.items():
            if name != "files":
                yield from find_files(value)
