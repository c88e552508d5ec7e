"""Records commands in a terminal, and writes a picture of the recording:

    sandbox/run /usr/bin/python3 tools/pictures/terminal.py OUT.svg 'CAPTION' 'cbr vaults'...

It types the commands into a shell that runs in a pseudo-terminal of 80 columns. The terminal emulator pyte reads what
the shell and the commands write. The picture plays what the screen showed, at the speed of the recording; a pause of
more than a second is shortened to one. A viewer that plays nothing shows the last screen. `cbr` is cli/cbr.
"""

import html
import os
import pty
import select
import signal
import sys
import tempfile
import time

import pyte

COLUMNS, LINES = 80, 24
MAX_PAUSE, HOLD = 1.0, 6.0  # seconds: the longest time between two screens; and the time of the last screen
TYPING, PATIENCE = 0.8, 120  # in seconds: the time to type a line; the time limit of a command
WIDTH, HEIGHT, MARGIN, BAR = 8.4, 19, 16, 34  # pixels: width of a character, height of a line, parts of the window
ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

STYLE = """
svg { font: 14px ui-monospace, "DejaVu Sans Mono", Menlo, Consolas, monospace }
rect { fill: #1b1f27; stroke: #4a5260 }
text { fill: #c8d0dc; white-space: pre }
.caption { fill: #8b95a5; font-family: system-ui, sans-serif; font-size: 13px }
.typed { fill: #8fd18a; font-weight: bold }
.screen { visibility: hidden }
#last { visibility: visible }
"""


def start_shell(folder):
    """Starts a shell in a pseudo-terminal. Returns the process id of the shell and the descriptor of the terminal."""
    pid, terminal = pty.fork()
    if pid == 0:
        for name in ("COLUMNS", "LINES", "ENV"):
            os.environ.pop(name, None)
        os.environ.update(PATH=folder + ":" + os.environ["PATH"], TERM="xterm", PS1="$ ", PS2="> ", HOME=folder)
        os.execvp("sh", ["sh", "-c", f"stty cols {COLUMNS} rows {LINES}; exec sh -i"])
    return pid, terminal


class Recording:
    """What the terminal has shown: a list of screens [time, lines]."""

    def __init__(self, terminal):
        self.terminal = terminal
        self.screen = pyte.Screen(COLUMNS, LINES)
        self.stream = pyte.ByteStream(self.screen)
        self.frames = []

    def lines(self):
        lines = [line.rstrip() for line in self.screen.display]
        while lines and not lines[-1]:
            lines.pop()
        return lines

    def read(self, seconds, prompt=None):
        """Reads for a time, or until the last line is a prompt. Returns whether the last line is a prompt."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if select.select([self.terminal], [], [], 0.05)[0]:
                self.stream.feed(os.read(self.terminal, 65536))
            elif prompt and self.lines()[-1:] == [prompt]:
                return True
            if self.lines() and (not self.frames or self.frames[-1][1] != self.lines()):
                self.frames.append([time.monotonic(), self.lines()])
        return False

    def until_prompt(self, prompt):
        if not self.read(PATIENCE, prompt):
            sys.exit("the shell showed no prompt")


def record(commands):
    with tempfile.TemporaryDirectory() as folder:
        with open(os.path.join(folder, "cbr"), "w", encoding="utf-8") as file:
            file.write(f'#!/bin/sh\nexec lua5.4 "{ROOT}/cli/cbr" "$@"\n')
        os.chmod(file.name, 0o755)
        pid, terminal = start_shell(folder)
        recording = Recording(terminal)
        recording.until_prompt("$")
        for command in commands:
            for line in command.split("\n"):
                os.write(terminal, line.encode())
                recording.read(TYPING)
                os.write(terminal, b"\n")
                recording.until_prompt(">" if line.endswith("\\") else "$")
        os.kill(pid, signal.SIGHUP)
        os.close(terminal)
        os.waitpid(pid, 0)
    return recording.frames


def text(x, y, words, kind=None):
    """An SVG text that has, with any font, the width that its characters have in a terminal."""
    attributes = f' class="{kind}"' if kind else ""
    width = f' textLength="{len(words) * WIDTH:.1f}" lengthAdjust="spacingAndGlyphs"' if kind != "caption" else ""
    return f'<text x="{x}" y="{y}"{width}{attributes}>{html.escape(words, quote=False)}</text>'


def picture(frames, caption):
    starts, now = [], 0.0
    for i, frame in enumerate(frames):
        starts.append(now)
        if i + 1 < len(frames):
            now += min(MAX_PAUSE, frames[i + 1][0] - frame[0])
    total = now + HOLD
    width = COLUMNS * WIDTH + 2 * MARGIN
    height = max(len(lines) for _, lines in frames) * HEIGHT + BAR + MARGIN
    style, groups = [STYLE.strip(), "@media (prefers-reduced-motion: no-preference) {"], []
    for i, (_, lines) in enumerate(frames):
        is_last = i + 1 == len(frames)
        begin = 100 * starts[i] / total
        end = 100.0 if is_last else 100 * starts[i + 1] / total
        before = "0% { visibility: hidden } " if begin > 0 else ""
        after = "" if is_last else f" {end:.2f}% {{ visibility: hidden }}"
        style.append(f"@keyframes k{i} {{ {before}{begin:.2f}% {{ visibility: visible }}{after} }}")
        style.append(f".k{i} {{ animation: k{i} {total:.1f}s step-end infinite }}")
        rows = []
        for n, line in enumerate(lines):
            if line:
                kind = "typed" if line[:2] in ("$ ", "> ") else None
                rows.append(text(MARGIN, BAR + 14 + n * HEIGHT, line, kind))
        mark = ' id="last"' if is_last else ""
        groups.append(f'<g class="screen k{i}"{mark}>\n' + "\n".join(rows) + "\n</g>")
    style.append("}")
    return "\n".join([
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0f} {height}" width="{width:.0f}" role="img" '
        'xml:space="preserve">',
        f"<title>{html.escape(caption)}</title>",
        "<style>\n" + "\n".join(style) + "\n</style>",
        f'<rect x="0.5" y="0.5" width="{width - 1:.0f}" height="{height - 1}" rx="8"/>',
        text(MARGIN, 22, caption, "caption"),
        *groups,
        "</svg>\n",
    ])


def main():
    out, caption, *commands = sys.argv[1:]
    frames = record(commands)
    with open(out, "w", encoding="utf-8") as file:
        file.write(picture(frames, caption))
    os.chmod(out, 0o644)  # the sandbox sets a umask
    print(f"{out}: {len(frames)} screens")


if __name__ == "__main__":
    main()
