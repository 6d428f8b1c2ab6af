"""Pages of a world file by their address (docs/world-format.md), for reading only; checksums are not looked at."""
import struct

PAGE = 4096
ZERO_RUN = 8


class WorldFile:
    def __init__(self, path):
        self.file = open(path, "rb")
        superblocks = [block for block in (self.at(0), self.at(1)) if block.startswith(b"PERDURE1")]
        newest = max(superblocks, key=lambda block: struct.unpack_from("<Q", block, 24))
        self.root, _, _, height = struct.unpack_from("<QQQI", newest, 128)   # the map of the current generation

    def at(self, file_page):
        self.file.seek(file_page * PAGE)
        return self.file.read(PAGE)

    def page(self, address):
        """The page that holds `address`, or None."""
        wanted, node = address // PAGE, self.root
        while node:
            block = self.at(node)
            level, count = struct.unpack_from("<HH", block, 4)
            entries = [struct.unpack_from("<QQQ", block, 16 + 24 * i) for i in range(count)]
            below = [entry for entry in entries if entry[0] <= wanted]
            if not below:
                return None
            key, location, checksum = below[-1]
            if level:
                node = location >> 8
            elif location & ZERO_RUN:
                return bytes(PAGE) if wanted < key + checksum else None
            else:
                return self.at(location >> 8) if wanted == key else None
        return None
