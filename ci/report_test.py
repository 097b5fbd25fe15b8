"""The pages of ./dev report, in a headless Chromium: they load and ask for nothing, step by keyboard, slider
and link, show the failing slot and what the states say, and stay small.

    python3 ci/report_test.py [Class.test ...]

The stage `report` of ./dev test builds what it needs first.
"""

import json
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "ci"), str(ROOT / "tools")]
import chromium  # noqa: E402
import states_test  # noqa: E402
from dev import gcmap, report  # noqa: E402

# README's: with map-11 planted an iterator produces a slot that has moved.
FAILS = "config version=2\nput m0 1 0\niterate m0 i0 0 0\nput_run m0 2 8 0\nerase m0 1\nadvance i0 1\n"
# Cut short, it does not come back from its second operation.
HANGS = "config version=2 hash=constant kind=box_box\nput m0 1 0\nput_run m0 1 4096 0\ncollect\n"
# 200 operations, 4,096 buckets.
LARGE = "config version=2\n" + "".join(f"put_run m0 {4096 * i} 4096 0\n" for i in range(4)) + \
    "".join(f"put m0 {37 * i} {i}\n" if i % 3 else f"erase m0 {91 * i}\n" for i in range(196))
GROWS = "corpus/seeds/references-doubling-in-a-cycle.txt"
LARGE_BYTES_MAX = 10 << 20
ELEMENTS_MAX = 3000  # of a page of 200 operations, whatever it shows
SHOWN = """[...document.querySelectorAll("#maps .slot")].map((slot) => [slot.dataset.slot, slot.querySelector(".key").textContent,
  slot.querySelector(".value").textContent, slot.querySelector(".mark").textContent, slot.classList.contains("changed")])"""
IN_VIEW = """(() => { const box = document.querySelector(%s)?.getBoundingClientRect(); return box !== undefined && box.width > 0 &&
  box.top >= document.querySelector("main").getBoundingClientRect().top && box.left >= 0 && box.bottom <= innerHeight && box.right <= innerWidth &&
  document.elementFromPoint(box.x + box.width / 2, box.y + box.height / 2)?.closest(%s) !== null; })()"""


def setUpModule():
    global browser, home, pages, states
    home = tempfile.TemporaryDirectory(prefix="gcmap-report-")
    unittest.addModuleCleanup(home.cleanup)
    browser = chromium.Browser()
    unittest.addModuleCleanup(browser.__exit__)
    programs = {"fails": (FAILS, "--fault", "map-11"), "large": (LARGE,), "grows": ((ROOT / GROWS).read_text(encoding="utf-8"),)}
    pages = {}
    for name, (text, *flags) in programs.items():
        program, pages[name] = pathlib.Path(home.name) / f"{name}.txt", pathlib.Path(home.name) / f"{name}.html"
        program.write_text(text, encoding="utf-8")
        made = dev("report", "--fast", *flags, program, "-o", pages[name])
        assert made.returncode == 0, made.stderr
    hangs = pathlib.Path(home.name) / "hangs.txt"
    hangs.write_text(HANGS, encoding="utf-8")
    pages["hangs"] = hangs.with_suffix(".html")
    pages["hangs"].write_text(report.page(states_of(gcmap.clean("fast"), hangs, "--cpu-ms", "50"), {}), encoding="utf-8")


def dev(*words):
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "tools")}
    return subprocess.run([sys.executable, "-B", "-m", "dev", *map(str, words)], stdin=subprocess.DEVNULL, capture_output=True, text=True,
                          check=False, env=environment)


def states_of(binary, program, *flags):
    return subprocess.run([str(binary), "states", *flags, str(program)], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, check=True).stdout


class Browser(unittest.TestCase):
    def open(self, name, address="", width=1280, height=760, **options):
        page = browser.open(f"file://{pages[name]}{address}", width, height, **options)
        self.addCleanup(page.close)
        self.addCleanup(lambda: self.assertEqual(page.complaints, []))
        return page

    def position(self, page):
        return page.evaluate("document.getElementById('position').textContent")

    def assert_in_view(self, page, selector):
        quoted = json.dumps(selector)
        self.assertTrue(page.evaluate(IN_VIEW % (quoted, quoted)), f"{selector} is not on the screen")


class Loading(Browser):
    def test_AsksForNothingButItself(self):
        for name, file in pages.items():
            page = self.open(name)
            page.press("ArrowLeft")
            page.press("t")
            self.assertEqual([address.partition("#")[0] for address in page.requests if not address.startswith("data:")], [f"file://{file}"])
            self.assertEqual(page.complaints, [])

    def test_TheCommandSaysVerdictAndPage(self):
        program = pathlib.Path(home.name) / "fails.txt"
        made = dev("report", "--fast", "--fault", "map-11", program, "-o", pathlib.Path(home.name) / "again.html")
        self.assertTrue(made.stdout.startswith("C2@advance: key 1 produced, but it is not in the map\nreport: "), made.stdout + made.stderr)
        self.assertEqual((pathlib.Path(home.name) / "again.html").read_bytes(), pages["fails"].read_bytes(), "not the same bytes again")

    def test_WhatIsNoProgramIsOneLine(self):
        program = pathlib.Path(home.name) / "wrong.txt"
        program.write_text("config version=2\nputt m0 1 2\n", encoding="utf-8")
        made = dev("report", "--fast", program, "-o", pathlib.Path(home.name) / "wrong.html")
        self.assertEqual((made.returncode, made.stderr.splitlines()[1:], made.stdout), (2, [], ""))
        self.assertTrue(made.stderr.startswith(f"dev: {program}:2: unknown operation 'putt'"), made.stderr)
        self.assertFalse((pathlib.Path(home.name) / "wrong.html").exists())

    def test_TheStatesAreTheSameInBothBuilds(self):
        for program in [ROOT / GROWS, pathlib.Path(home.name) / "large.txt"]:
            self.assertEqual(*(states_of(gcmap.clean(build), program) for build in ("fast", "sanitized")), program)


class Failing(Browser):
    def test_ThePageOpensWhereItFailsAndTheSlotIsOnTheScreen(self):
        for width, height in ((1440, 900), (1280, 700), (1000, 600)):
            page = self.open("fails", width=width, height=height)
            self.assertEqual(self.position(page), "after 4 of 5")
            self.assertEqual(page.evaluate("document.querySelectorAll('#maps .failing').length"), 1)
            self.assertEqual(page.evaluate("document.querySelector('#maps .slot.failing .key').textContent"), "1")
            self.assert_in_view(page, "#maps .slot.failing")
        self.assertEqual(page.evaluate("document.querySelector('h1').textContent"), "C2@advance")
        self.assertIn("an entry removed before it is reached is never produced", page.evaluate("document.getElementById('invariant').textContent"))
        self.assertIn("key 1 produced", page.evaluate("document.querySelector('.verdict').textContent"))

    def test_OnlyTheFailingStepMarksIt(self):
        page = self.open("fails")
        page.press("ArrowLeft")
        self.assertEqual(page.evaluate("document.querySelectorAll('#maps .failing').length"), 0)
        page.press("f")
        self.assertEqual(page.evaluate("document.querySelectorAll('#maps .failing').length"), 1)
        self.assert_in_view(page, "#maps .slot.failing")

    def test_AnOperationThatDidNotComeBackShowsTheStateItMet(self):
        page = self.open("hangs")
        self.assertEqual(self.position(page), "at operation 1 of 3")
        self.assertTrue(page.evaluate("location.hash").startswith("#at=1"))
        self.assertIn("did not come back", page.evaluate("document.getElementById('summary').textContent"))
        self.assert_in_view(page, "#maps .slot.failing")
        self.assertEqual(page.evaluate("document.querySelectorAll('#operations .unreached').length"), 1)
        page.press("ArrowLeft")
        self.assertEqual(self.position(page), "after 0 of 3")


class Stepping(Browser):
    def test_ByKeys(self):
        page = self.open("grows", "#after=3")
        for key, expected in (("ArrowRight", "after 4 of 16"), ("ArrowLeft", "after 3 of 16"), ("ArrowDown", "after 4 of 16"), ("ArrowUp", "after 3 of 16"),
                              ("PageDown", "after 13 of 16"), ("PageUp", "after 3 of 16"), ("End", "after 15 of 16"), ("ArrowRight", "after 15 of 16"),
                              ("Home", "at the beginning"), ("ArrowLeft", "at the beginning")):
            page.press(key)
            self.assertEqual(self.position(page), expected, key)

    def test_BySliderButtonsAndList(self):
        page = self.open("grows", "#after=3")
        page.click("#slider")  # its middle: position 8 of 0 to 16
        self.assertEqual(self.position(page), "after 7 of 16")
        page.press("ArrowRight")
        self.assertEqual(self.position(page), "after 8 of 16", "one step, though the slider has the focus")
        for button, expected in (("#back", "after 7 of 16"), ("#forward", "after 8 of 16"), ("#first", "at the beginning"), ("#last", "after 15 of 16")):
            page.click(button)
            self.assertEqual(self.position(page), expected, button)
        page.click("#operations li:nth-child(6)")
        self.assertEqual(self.position(page), "after 4 of 16")
        self.assertEqual(page.evaluate("document.querySelector('#operations [aria-current] .number').textContent"), "4")

    def test_PlayingComesToTheEnd(self):
        page = self.open("fails", "#after=1")
        page.press(" ")
        self.assertEqual(page.evaluate("document.getElementById('play').getAttribute('aria-pressed')"), "true")
        page.wait_for("document.getElementById('play').getAttribute('aria-pressed') === 'false'")
        self.assertEqual(self.position(page), "after 4 of 5")

    def test_EveryStepShowsWhatItsStateSays(self):
        program = pathlib.Path(home.name) / "grows.txt"
        page, mirror, compared = self.open("grows", "#after=begin"), states_test.Mirror(), 0
        lines = [json.loads(line) for line in states_of(gcmap.clean("fast"), program).splitlines()[1:-1]]
        for line in [line for line in lines if "state" in line]:
            mirror.read(line)
            changed = {(offset, slot) for offset, _, *slots in line.get("buckets", []) for slot in slots[::4]}
            for name, key, value, mark, is_changed in page.evaluate(SHOWN):
                place = tuple(map(int, name.split(".")))
                there = mirror.slots.get(place, (0, None, None))
                self.assertEqual((key, mark.partition(" ")[0]), (str(there[1]).partition("#")[0] if there[1] is not None else "", f"{there[0]:02x}" if there[0] else ""), name)
                self.assertTrue(value.endswith("" if None in there else str(there[2])), f"{name}: {value}, {there}")
                self.assertEqual(is_changed, line["state"] > 0 and place in changed, f"{name} in state {line['state']}")
                compared += 1
            self.assertEqual(page.evaluate("document.querySelector('.phases .now').textContent"), mirror.heap["phase"])
            page.press("ArrowRight")
        self.assertGreater(compared, 1000)


class Links(Browser):
    def test_NameAStepAndASlot(self):
        page = self.open("fails", "#after=2&slot=16384.0")
        self.assertEqual(self.position(page), "after 2 of 5")
        self.assertFalse(page.evaluate("document.getElementById('history').hidden"))
        page.press("ArrowRight")
        self.assertEqual(page.evaluate("location.hash"), "#after=3&slot=16384.0")
        page.evaluate("location.hash = '#after=begin'")
        page.wait_for("document.getElementById('position').textContent === 'at the beginning'")
        self.assertTrue(page.evaluate("document.getElementById('history').hidden"))

    def test_ToWhatIsNotThereOpenTheFailure(self):
        for address in ("#after=99", "#after=-1", "#nonsense", "#at=7&slot=x"):
            self.assertEqual(self.position(self.open("fails", address)), "after 4 of 5", address)


class History(Browser):
    ROWS = "[...document.querySelectorAll('#history tbody tr[data-state]')].map((row) => row.innerText.split(/\\s*\\t\\s*/))"

    def test_OfASlotIsEverythingItHeld(self):
        page = self.open("fails")
        page.click("#maps .slot.failing")
        self.assertEqual([(row[0], row[1], row[3]) for row in page.evaluate(self.ROWS)], [("0 put m0 1 0", "0a", "1"), ("2 put_run m0 2 8 0", "03", "1")])
        self.assertIn("in no live slot", page.evaluate("document.getElementById('history').textContent"))
        self.assertEqual(page.evaluate("document.querySelectorAll('#history tr.now').length"), 1)
        page.press("[")
        self.assertEqual(self.position(page), "after 2 of 5")
        page.press("[")
        self.assertEqual(self.position(page), "after 0 of 5")
        page.press("]")
        self.assertEqual(self.position(page), "after 2 of 5")
        page.click("#history tbody tr[data-state] button")
        self.assertEqual(self.position(page), "after 0 of 5")
        page.press("Escape")
        self.assertTrue(page.evaluate("document.getElementById('history').hidden"))

    def test_IsOpenedWithoutAMouse(self):
        page = self.open("fails", "#after=3")
        for _ in range(40):
            page.press("Tab")
            if page.evaluate("document.activeElement.classList.contains('slot')"):
                break
        first = page.evaluate("document.activeElement.dataset.slot")
        self.assertTrue(first, "Tab does not come to a slot")
        page.press("ArrowRight")
        page.press("ArrowDown")
        self.assertEqual(page.evaluate("document.activeElement.dataset.slot"), f"{int(first.partition('.')[0]) + 144}.1")
        self.assertEqual(self.position(page), "after 3 of 5", "arrows among slots are no steps")
        page.press("Enter")
        self.assertTrue(page.evaluate("location.hash").endswith(f"slot={int(first.partition('.')[0]) + 144}.1"))
        self.assertFalse(page.evaluate("document.getElementById('history').hidden"))
        self.assertEqual(page.evaluate("document.activeElement.dataset.slot"), f"{int(first.partition('.')[0]) + 144}.1")


class Large(Browser):
    def test_ThePageIsSmall(self):
        self.assertLess(pages["large"].stat().st_size, LARGE_BYTES_MAX)

    def test_WhateverItShowsItsElementsAreFew(self):
        page = self.open("large")
        for address in ("#after=begin", "#after=0", "#after=1", "#after=3", "#after=100", "#after=199"):
            page.evaluate(f"location.hash = '{address}'")
            page.wait_for(f"location.hash === '{address}' && document.getElementById('position').textContent === '{self.says(address)}'")
            self.assertLess(page.evaluate("document.querySelectorAll('*').length"), ELEMENTS_MAX, address)

    @staticmethod
    def says(address):
        return "at the beginning" if address.endswith("begin") else f"after {address.partition('=')[2]} of 200"

    def test_ThePictureIsAWayToEveryChain(self):
        page = self.open("large", "#after=3", width=1440, height=1000)
        page.wait_for("document.querySelector('canvas.overview').width > 300")
        colours = page.evaluate("""(() => { const canvas = document.querySelector("canvas.overview");
          const data = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data, found = new Set();
          for (let i = 0; i < data.length; i += 4) found.add(data[i] << 16 | data[i + 1] << 8 | data[i + 2]); return found.size; })()""")
        self.assertGreater(colours, 4)
        window = "document.querySelector('p.window').textContent"
        self.assertEqual(page.evaluate(window), "chains 0 to 7 of 4,096")
        page.click("canvas.overview")  # its middle: line 32, column 32
        self.assertEqual(page.evaluate(window), "chains 2080 to 2087 of 4,096")
        self.assertEqual(page.evaluate("document.querySelector('#maps .grid .row:nth-child(2) .label').textContent"), "2080")
        page.evaluate("document.querySelector('canvas.overview').focus()")
        page.press("ArrowDown")
        page.press("ArrowRight")
        self.assertEqual(page.evaluate(window), "chains 2152 to 2159 of 4,096")

    def test_TheWindowFollowsWhatChanges(self):
        page = self.open("large", "#after=100", width=1440, height=1000)
        self.assertEqual(page.evaluate("document.querySelectorAll('#maps .slot.changed').length"), 1)
        self.assert_in_view(page, "#maps .slot.changed")


class Themes(Browser):
    GROUND = "getComputedStyle(document.body).backgroundColor.match(/\\d+/g).slice(0, 3).map(Number).reduce((a, b) => a + b)"

    def test_FollowTheSystemUnlessOneIsChosen(self):
        for dark in (False, True):
            page = self.open("fails", dark=dark)
            self.assertEqual(page.evaluate(self.GROUND) < 200, dark)
            seen = []
            for _ in range(3):
                page.press("t")
                seen.append((page.evaluate("document.getElementById('theme').textContent"), page.evaluate(self.GROUND) < 200))
            self.assertEqual(seen, [("light", False), ("dark", True), ("auto", dark)])

    def test_TextHasContrastInBoth(self):
        contrast = """((selector, ground) => { const light = (colour) => { const parts = colour.match(/[\\d.]+/g).slice(0, 3).map((part) => part / 255)
          .map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4)); return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]; };
          const style = (name, what) => light(getComputedStyle(document.querySelector(name))[what]);
          const [a, b] = [style(selector, "color"), style(ground, "backgroundColor")].sort((x, y) => y - x); return (a + 0.05) / (b + 0.05); })"""
        for dark in (False, True):
            page = self.open("fails", dark=dark)
            for text, ground in (("#operations .answer", ".program"), (".slot.live .key", ".slot.live"), (".slot.live .value", ".slot.live"),
                                 (".slot.failing .key", ".slot.failing"), ("#failure", ".top"), (".changes", "body"), (".legend", "body")):
                self.assertGreater(page.evaluate(f"{contrast}({json.dumps(text)}, {json.dumps(ground)})"), 4.5, f"{text} on {ground}, dark: {dark}")


if __name__ == "__main__":
    unittest.main()
