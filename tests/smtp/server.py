"""A mail server for tests: aiosmtpd, with the faults that the file `mode` in its folder names.

Prints its port, and then a JSON object a line for each message that it took or dropped. Arguments: the folder, the port, and,
for TLS from the first byte, the folder of a certificate.
"""

import asyncio
import json
import ssl
import sys
from pathlib import Path

from aiosmtpd.smtp import SMTP

FOLDER = Path(sys.argv[1])


def mode():
    return (FOLDER / "mode").read_text().strip()


def say(**line):
    print(json.dumps(line), flush=True)


class Faulty:
    async def handle_RCPT(self, server, session, envelope, address, options):
        if mode() in ("451", "550"):
            say(refused=address)
            return f"{mode()} 4.7.1 not now"
        if address.startswith("tarpit"):
            await asyncio.sleep(600)
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        if mode() == "stall":
            say(stalled=envelope.rcpt_tos)
            await asyncio.sleep(600)
        if mode() == "slow":
            await asyncio.sleep(1)
        state = "dropped" if mode() == "drop" else "taken"
        say(state=state, to=envelope.rcpt_tos, sender=envelope.mail_from, message=envelope.content.decode("utf-8"))
        if state == "dropped":
            server.transport.abort()
        return "250 taken"


async def main():
    loop = asyncio.get_running_loop()
    tls = None
    if len(sys.argv) > 3:
        tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        tls.load_cert_chain(Path(sys.argv[3]) / "fullchain.pem", Path(sys.argv[3]) / "privkey.pem")
    server = await loop.create_server(lambda: SMTP(Faulty(), loop=loop), "127.0.0.1", int(sys.argv[2]), ssl=tls)
    say(port=server.sockets[0].getsockname()[1])
    await server.serve_forever()


asyncio.run(main())
