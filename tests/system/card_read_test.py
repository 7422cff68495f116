"""Every QR code on every card of a file as large as the sample list is read by two readers that know nothing of each other, and says what its card says: 1,984 cards of people who do not exist, made by
card_bench without a database. Also how large the file is, that its font is in it, and that the names stand in the order of villages.

usage: card_read_test.py CARD_BENCH"""
import os
import re
import subprocess
import sys
import tempfile
import unittest

import card_readers

COUNT, BYTES_MAX, MEMORY_MAX_MIB = 1984, 5_000_000, 128  # a sanitizer takes several times what printing takes


class ACardFile(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory(prefix="payung-cards-")
        cls.sheets, cls.list = (os.path.join(cls.folder.name, name) for name in ("cards.pdf", "sign.pdf"))
        done = subprocess.run([sys.argv[1], str(COUNT), cls.sheets, cls.list, "--list"], check=True, capture_output=True, text=True, env=dict(os.environ, ASAN_OPTIONS="quarantine_size_mb=8"))
        cls.told = done.stderr
        cls.cards = [tuple(line.split(";")) for line in done.stdout.splitlines()]  # (address, name)

    @classmethod
    def tearDownClass(cls):
        cls.folder.cleanup()

    def test_every_code_is_read_by_both_readers_and_names_its_card(self):
        addresses = [address for address, _ in self.cards]
        self.assertEqual(len(set(addresses)), COUNT)
        by_zbar, by_zxing = card_readers.read_codes(self.sheets, self.folder.name)
        self.assertEqual(sorted(by_zbar), sorted(addresses), "zbar")
        self.assertEqual(by_zxing, addresses, "zxing, in the order of the cards")

    def test_it_is_small_and_its_font_is_in_it(self):
        print(self.told.strip())
        self.assertLess(os.path.getsize(self.sheets), BYTES_MAX)
        self.assertLess(float(re.search(r"memory at most ([0-9.]+) MiB", self.told).group(1)), MEMORY_MAX_MIB)
        self.assertEqual(card_readers.pages(self.sheets), -(-COUNT // 10))
        self.assertTrue(card_readers.fonts_are_embedded(self.sheets) and card_readers.fonts_are_embedded(self.list))

    def test_the_list_to_sign_has_the_names_in_the_same_order(self):
        text = card_readers.text_of(self.list, "-layout")
        at = 0
        for _, name in self.cards:
            found = re.compile(rf"\b{re.escape(name)}\s").search(text, at)
            self.assertIsNotNone(found, name)
            at = found.end()

    def test_each_card_shows_its_name_and_says_that_its_number_is_a_simulation(self):
        text = card_readers.text_of(self.sheets)
        self.assertEqual(text.count("SIMULASI"), COUNT)
        self.assertEqual([name for _, name in self.cards if name not in text], [])


if __name__ == "__main__":
    card_readers.need_readers()
    unittest.main(argv=sys.argv[:1], verbosity=2)
