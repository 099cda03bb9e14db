"""Firefox, driven by WebDriver BiDi: what Playwright cannot do with the one that Debian ships.

Source: W3C, WebDriver BiDi, https://www.w3.org/TR/webdriver-bidi/.
"""

import json
import re
import subprocess
import threading
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from websocket import WebSocket, create_connection

NAMES = ("firefox", "firefox-esr")
LISTENING = re.compile(r"WebDriver BiDi listening on (ws://\S+)")
PATIENCE = 120
"""Seconds without an answer after which it hangs."""


class FirefoxError(RuntimeError):
    """It is installed, and does not start."""


class Firefox:
    """One page of a Firefox of its own, with an empty profile.

    Args:
        path: The program.
        profile: An empty folder.
    """

    def __init__(self, path: str, profile: Path) -> None:
        command = [path, "--headless", "--no-remote", "--remote-debugging-port=0"]
        self.process = subprocess.Popen(
            [*command, "--profile", str(profile)],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            encoding="utf-8",
            errors="replace",
        )
        self.asked = 0
        try:
            self.socket: WebSocket = create_connection(
                f"{self.listening(path)}/session", timeout=PATIENCE, suppress_origin=True
            )
            self.ask("session.new", capabilities={})
            [tree] = self.ask("browsingContext.getTree")["contexts"]
        except BaseException:
            self.process.kill()
            raise
        self.context = tree["context"]

    def listening(self, path: str) -> str:
        """Wait until it says where it listens."""
        assert self.process.stderr is not None
        hangs = threading.Timer(PATIENCE, self.process.kill)
        hangs.start()
        lines = (LISTENING.search(line) for line in self.process.stderr)
        address = next((found[1] for found in lines if found), None)
        hangs.cancel()
        if address is None:
            raise FirefoxError(f"{path} does not start here")
        return address

    def __enter__(self) -> Self:
        """Return itself: it runs already."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """End the program."""
        self.socket.close()
        self.process.terminate()
        self.process.wait(PATIENCE)

    def ask(self, method: str, **params: Any) -> Any:
        """Send a command, and return its result; events that come before are passed over."""
        self.asked += 1
        self.socket.send(json.dumps({"id": self.asked, "method": method, "params": params}))
        while True:
            answer = json.loads(self.socket.recv())
            if answer.get("id") == self.asked:
                assert answer["type"] == "success", answer
                return answer["result"]

    def goto(self, address: str) -> None:
        """Load a page, to its last file."""
        self.ask("browsingContext.navigate", context=self.context, url=address, wait="complete")

    def evaluate(self, code: str) -> Any:
        """Run the body of an async function in the page; what it returns passes as JSON."""
        expression = f"(async () => JSON.stringify(await (async () => {{ {code} }})()))()"
        target = {"context": self.context}
        found = self.ask("script.evaluate", expression=expression, target=target, awaitPromise=True)
        assert found["type"] == "success", found
        text = found["result"].get("value")
        return None if text is None else json.loads(text)
