"""Whether a file is a photo: by its content, never by its name."""

import io

from PIL import Image

# Formats of cameras and screens.
FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF")
# Formats of phones that the image library may not read: brand in the first box of the file.
PHONE_BRANDS = (b"heic", b"heix", b"hevc", b"mif1", b"msf1", b"heim", b"heis", b"avif")


def is_photo(content):
    """Whether ``content`` is a picture made of pixels.

    >>> is_photo(b"just a text, called photo.jpg")
    False
    >>> is_photo(b"<svg xmlns='http://www.w3.org/2000/svg'/>")
    False
    >>> is_photo(b"")
    False
    >>> is_photo(b"\\x00\\x00\\x00\\x18ftypheic" + bytes(16))
    True
    """
    if content[4:8] == b"ftyp":
        return content[8:12] in PHONE_BRANDS
    try:
        with Image.open(io.BytesIO(content), formats=FORMATS) as image:
            image.verify()
    except Exception:  # noqa: BLE001 - the library raises what it likes for what is no image
        return False
    return True
