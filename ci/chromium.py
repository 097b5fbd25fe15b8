"""A headless Chromium, driven over its remote debugging pipe: no port, no other library.

    with chromium.Browser() as browser:
        page = browser.open("file:///tmp/report.html#after=4", width=1440, height=900)
        page.evaluate("document.title")
        page.press("ArrowLeft")
        page.complaints   # what the console was told of errors, and exceptions nobody caught
        page.requests     # addresses that were asked for
"""

import base64
import json
import os
import select
import shutil
import subprocess
import tempfile
import time

NAMES = ("chromium", "chromium-browser", "google-chrome")
ANSWER_SECONDS = 120  # a loaded machine is slow; nothing hangs that long
# name: (code, the text a key writes)
KEYS = {"ArrowLeft": 37, "ArrowUp": 38, "ArrowRight": 39, "ArrowDown": 40, "Home": 36, "End": 35, "PageUp": 33, "PageDown": 34,
        "Escape": 27, "Tab": 9, "Enter": 13, " ": 32}


class Gone(Exception):
    """The browser ended, or did not answer."""


def path():
    """The browser's program, or None."""
    return next(filter(None, map(shutil.which, NAMES)), None)


class Browser:
    def __init__(self):
        self._home = tempfile.TemporaryDirectory(prefix="gcmap-chromium-", ignore_cleanup_errors=True)
        to_browser, self._out = os.pipe()
        self._in, from_browser = os.pipe()
        flags = ["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run", "--hide-scrollbars",
                 "--disable-background-networking", "--disable-component-update", "--disable-extensions",
                 "--remote-debugging-pipe", f"--user-data-dir={self._home.name}", "about:blank"]
        # The protocol's pipes are descriptors 3 and 4 of the browser.
        start = f'exec {{r}}<&{to_browser} {{w}}>&{from_browser}; exec "$0" "$@" 3<&"$r" 4>&"$w"'
        with open(os.path.join(self._home.name, "log"), "wb") as log:
            self._process = subprocess.Popen(["bash", "-c", start, path(), *flags], stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                                             pass_fds=(to_browser, from_browser), start_new_session=True)
        os.close(to_browser)
        os.close(from_browser)
        self._number, self._buffer, self._answers, self._pages = 0, b"", {}, {}

    def __enter__(self):
        return self

    def __exit__(self, *failure):
        self._process.terminate()
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        os.close(self._in)
        os.close(self._out)
        self._home.cleanup()

    def open(self, address, width=1440, height=900, dark=False, ratio=1):
        """A page of that size, loaded and ready."""
        target = self.ask("Target.createTarget", {"url": "about:blank"})["targetId"]
        session = self.ask("Target.attachToTarget", {"targetId": target, "flatten": True})["sessionId"]
        page = self._pages[session] = Page(self, session, target)
        for domain in ("Page", "Runtime", "Network", "Log"):
            page.ask(f"{domain}.enable")
        page.resize(width, height, ratio)
        page.be_dark(dark)
        page.go(address)
        return page

    def ask(self, method, parameters=None, session=None):
        """The answer of the protocol to one call."""
        self._number += 1
        number = self._number
        message = {"id": number, "method": method, "params": parameters or {}, **({"sessionId": session} if session else {})}
        os.write(self._out, json.dumps(message).encode() + b"\0")
        until = time.monotonic() + ANSWER_SECONDS
        while number not in self._answers:
            self._read(until)
        answer = self._answers.pop(number)
        if "error" in answer:
            raise RuntimeError(f"{method}: {answer['error']['message']}")
        return answer["result"]

    def _read(self, until):
        ready, _, _ = select.select([self._in], [], [], max(0, until - time.monotonic()))
        piece = os.read(self._in, 1 << 16) if ready else b""
        if not piece:
            raise Gone("the browser ended" if ready else f"the browser did not answer within {ANSWER_SECONDS} s")
        *messages, self._buffer = (self._buffer + piece).split(b"\0")
        for message in map(json.loads, messages):
            if "id" in message:
                self._answers[message["id"]] = message
            elif page := self._pages.get(message.get("sessionId")):
                page.hear(message["method"], message["params"])


class Page:
    def __init__(self, browser, session, target):
        self._browser, self._session, self._target = browser, session, target
        self.complaints, self.requests = [], []

    def ask(self, method, parameters=None):
        return self._browser.ask(method, parameters, self._session)

    def close(self):
        self._browser.ask("Target.closeTarget", {"targetId": self._target})

    def hear(self, method, said):
        if method == "Runtime.exceptionThrown":
            details = said["exceptionDetails"]
            self.complaints.append(details.get("exception", {}).get("description", details["text"]))
        elif method == "Runtime.consoleAPICalled" and said["type"] in ("error", "warning", "assert"):
            self.complaints.append(" ".join(str(part.get("value", part.get("description"))) for part in said["args"]))
        elif method == "Log.entryAdded" and said["entry"]["level"] in ("error", "warning"):
            self.complaints.append(said["entry"]["text"])
        elif method == "Network.requestWillBeSent":
            self.requests.append(said["request"]["url"])

    def go(self, address):
        """Loads the address and waits until the page says that it is ready."""
        self.ask("Page.navigate", {"url": address})
        self.wait_for("document.documentElement?.dataset.ready === 'true'")

    def wait_for(self, condition):
        until = time.monotonic() + ANSWER_SECONDS
        while not self.evaluate(condition):
            if time.monotonic() > until or self.complaints:
                raise Gone(f"never so: {condition}; the page said: {self.complaints}")
            time.sleep(0.05)

    def resize(self, width, height, ratio=1):
        self.ask("Emulation.setDeviceMetricsOverride", {"width": width, "height": height, "deviceScaleFactor": ratio, "mobile": False})

    def be_dark(self, dark):
        self.ask("Emulation.setEmulatedMedia", {"features": [{"name": "prefers-color-scheme", "value": "dark" if dark else "light"}]})

    def evaluate(self, expression):
        """The value of an expression in the page; promises are waited for."""
        result = self.ask("Runtime.evaluate", {"expression": expression, "returnByValue": True, "awaitPromise": True})
        if "exceptionDetails" in result:
            raise RuntimeError(f"{expression}: {result['exceptionDetails']['exception'].get('description')}")
        return result["result"].get("value")

    def press(self, key):
        """One key, by its name or as the character it writes."""
        text = {"text": "\r" if key == "Enter" else key} if len(key) == 1 or key == "Enter" else {}
        code = {"windowsVirtualKeyCode": KEYS.get(key, ord(key[0].upper()))}
        self.ask("Input.dispatchKeyEvent", {"type": "keyDown", "key": key, **code, **text})
        self.ask("Input.dispatchKeyEvent", {"type": "keyUp", "key": key, **code})

    def click(self, selector):
        """The middle of the first element that the selector finds, with the mouse."""
        x, y = self.evaluate(f"(() => {{ const box = document.querySelector({json.dumps(selector)}).getBoundingClientRect();"
                             "return [box.x + box.width / 2, box.y + box.height / 2]; })()")
        for what in ("mousePressed", "mouseReleased"):
            self.ask("Input.dispatchMouseEvent", {"type": what, "x": x, "y": y, "button": "left", "clickCount": 1})

    def screenshot(self, file):
        file.write_bytes(base64.b64decode(self.ask("Page.captureScreenshot", {"format": "png"})["data"]))
