"""Others who send mail, for comparison: each sends `people` mails of about 38 KB to a server on this machine.

They are installed under .local/peers when first needed. Each function gives mails a second of the sending alone, with
the programs and libraries loaded.
"""

import json
import shutil
import subprocess
import sys
import time
from email.message import EmailMessage
from pathlib import Path
from smtplib import SMTP

from jinja2 import StrictUndefined
from jinja2.sandbox import ImmutableSandboxedEnvironment

from tests.benchmarks.bench_render import usual_page
from tests.rendering.samples import context, event

HOME = Path(__file__).resolve().parents[2] / ".local" / "peers"
NODEMAILER = "nodemailer"
_NODE = """
const nodemailer = require('nodemailer');
const [port, people, file] = process.argv.slice(2);
const html = require('fs').readFileSync(file, 'utf8');
const pool = nodemailer.createTransport({ host: '127.0.0.1', port: +port, pool: true, maxConnections: 8,
  maxMessages: 100, ignoreTLS: true });
(async () => {
  const began = process.hrtime.bigint();
  const all = [];
  for (let n = 0; n < +people; n++) all.push(pool.sendMail({ from: 'alerts@shop.example',
    to: `p${n}@example.com`, subject: 'Back', text: 'It is back.', html: html.replaceAll('Ana', `p${n}`) }));
  await Promise.all(all);
  console.log(JSON.stringify({ seconds: Number(process.hrtime.bigint() - began) / 1e9 }));
  pool.close();
})();
"""
_AIO = """
import asyncio, json, sys, time
from email.message import EmailMessage
import aiosmtplib
port, people, page = int(sys.argv[1]), int(sys.argv[2]), open(sys.argv[3]).read()
async def connection(numbers):
    client = aiosmtplib.SMTP(hostname="127.0.0.1", port=port, start_tls=False)
    await client.connect()
    for n in numbers:
        mail = EmailMessage()
        mail["From"], mail["To"], mail["Subject"] = "alerts@shop.example", f"p{n}@example.com", "Back"
        mail.set_content("It is back.")
        mail.add_alternative(page.replace("Ana", f"p{n}"), subtype="html")
        await client.send_message(mail)
    await client.quit()
async def main():
    began = time.perf_counter()
    await asyncio.gather(*(connection(range(k, people, 8)) for k in range(8)))
    print(json.dumps({"seconds": time.perf_counter() - began}))
asyncio.run(main())
"""


def page() -> Path:
    """The reference mail's HTML for one person, as a file."""
    HOME.mkdir(parents=True, exist_ok=True)
    file = HOME / "page.html"
    usual = ImmutableSandboxedEnvironment(autoescape=True, undefined=StrictUndefined).from_string(usual_page())
    file.write_text(usual.render(context(event(1))), encoding="utf-8")
    return file


def install() -> None:
    """What is missing of nodemailer and aiosmtplib."""
    HOME.mkdir(parents=True, exist_ok=True)
    if not (HOME / "node_modules" / "nodemailer").exists():
        subprocess.run(["npm", "install", "--silent", "--prefix", HOME, NODEMAILER], check=True)
    if not (HOME / "venv").exists():
        subprocess.run([sys.executable, "-m", "venv", HOME / "venv"], check=True)
        subprocess.run([HOME / "venv/bin/python", "-m", "pip", "install", "-q", "aiosmtplib"], check=True)


def smtp_source(port: int, people: int) -> float:
    """Postfix's own load generator: eight connections, the same bytes again and again, nothing rendered."""
    tool = shutil.which("smtp-source") or "/usr/sbin/smtp-source"
    began = time.perf_counter()
    subprocess.run(
        [tool, "-s", "8", "-l", "38000", "-m", str(people), "-f", "alerts@shop.example", "-t", "p@example.com",
         f"127.0.0.1:{port}"],
        check=True,
    )  # fmt: skip
    return people / (time.perf_counter() - began)


def nodemailer(port: int, people: int) -> float:
    """Pooled, eight connections, HTML and text."""
    script = HOME / "send.js"
    script.write_text(_NODE, encoding="utf-8")
    return people / _seconds(["node", str(script), str(port), str(people), str(page())])


def aiosmtplib(port: int, people: int) -> float:
    """Eight connections in one event loop, EmailMessage."""
    return people / _seconds([str(HOME / "venv/bin/python"), "-c", _AIO, str(port), str(people), str(page())])


def plain(port: int, people: int) -> float:
    """The usual way: sandboxed Jinja, EmailMessage and smtplib on one connection, no ledger."""
    usual = ImmutableSandboxedEnvironment(autoescape=True, undefined=StrictUndefined).from_string(usual_page())
    data = context(event(1))
    began = time.perf_counter()
    with SMTP("127.0.0.1", port) as server:
        for number in range(people):
            mail = EmailMessage()
            mail["From"], mail["To"], mail["Subject"] = "alerts@shop.example", f"p{number}@example.com", "Back"
            mail.set_content("It is back.")
            mail.add_alternative(usual.render(data), subtype="html")
            server.send_message(mail)
    return people / (time.perf_counter() - began)


def _seconds(command: list[str]) -> float:
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    return float(json.loads(done.stdout)["seconds"])
