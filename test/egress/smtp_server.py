"""smtp_server.py - a mail server for the tests: aiosmtpd on a free port of 127.0.0.1.

smtp_server.py PEM starttls|tls|none [user:password]

Says `port N`, and then one line of JSON for each mail it is offered. The local part of the recipient
decides what it answers: fail-4xx (451), fail-5xx (550), slow (it waits), anything else is taken.
"""
import asyncio, json, ssl, sys
from aiosmtpd.smtp import SMTP, AuthResult

pem, tls, login = sys.argv[1], sys.argv[2], (sys.argv[3] if len(sys.argv) > 3 else None)


class Handler:
    async def handle_RCPT(self, server, session, envelope, address, options):
        local = address.split('@')[0]
        if local == 'fail-4xx':
            return '451 try later'
        if local == 'fail-5xx':
            return '550 no such user'
        if local == 'slow':
            await asyncio.sleep(60)
        envelope.rcpt_tos.append(address)
        return '250 OK'

    async def handle_DATA(self, server, session, envelope):
        print(json.dumps({'from': envelope.mail_from, 'to': envelope.rcpt_tos, 'tls': session.ssl is not None,
                          'user': session.auth_data and session.auth_data.login.decode(),
                          'data': envelope.content.decode('utf8', 'replace')}), flush=True)
        return '250 OK'


def check(server, session, envelope, mechanism, data):
    return AuthResult(auth_data=data, success=f'{data.login.decode()}:{data.password.decode()}' == login)


async def main():
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(pem)

    def smtp():
        return SMTP(Handler(), hostname='mail.test', enable_SMTPUTF8=True,
                    tls_context=context if tls == 'starttls' else None, require_starttls=tls == 'starttls',
                    authenticator=check if login else None, auth_required=bool(login),
                    auth_require_tls=bool(login) and tls == 'starttls')
    server = await asyncio.get_running_loop().create_server(smtp, '127.0.0.1', 0,
                                                            ssl=context if tls == 'tls' else None)
    print('port', server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()

asyncio.run(main())
