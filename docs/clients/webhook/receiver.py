"""receiver.py - receives the messages of a push queue by HTTP, checks their signatures, stops
when it has handled COUNT. Needs only Python 3. / プッシュキューの受信側。COUNT 件を処理したら終わる。

    ringi serve --data /tmp/ringi-try --auth off --allow-private-webhooks
    python3 receiver.py
"""
import base64
import hashlib
import hmac
import http.server
import json
import os
import time
import urllib.request

RINGI = os.environ.get('RINGI_URL', 'http://127.0.0.1:9324')
QUEUE = os.environ.get('QUEUE', 'sample-webhook')
COUNT = int(os.environ.get('COUNT', '3'))
SECRET = os.environ.get('WEBHOOK_SECRET') or 'whsec_' + base64.b64encode(os.urandom(32)).decode()
AGE_MAX_S = 300  # an older request is a repeated one / 古い要求は再送攻撃とみなす

seen = set()  # a real receiver keeps these in its database / 実際はデータベースに置く


def genuine(headers, body):
    """Whether one of the signatures is ours: HMAC-SHA256 of "id.timestamp.body"."""
    message_id, at = headers.get('webhook-id', ''), headers.get('webhook-timestamp', '')
    if not at.isdigit() or abs(time.time() - int(at)) > AGE_MAX_S:
        return False
    key = base64.b64decode(SECRET[len('whsec_'):])
    ours = hmac.new(key, f'{message_id}.{at}.'.encode() + body, hashlib.sha256).digest()
    ours = 'v1,' + base64.b64encode(ours).decode()
    return any(hmac.compare_digest(ours, s) for s in headers.get('webhook-signature', '').split(' '))


class Receiver(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers.get('content-length', 0)))
        status = 204  # 2xx: done, the message is deleted / 完了
        if not genuine(self.headers, body):
            status = 401
        elif self.headers['webhook-id'] not in seen:  # the same id may come twice / 重複を除く
            print('handled:', body.decode(), flush=True)
            seen.add(self.headers['webhook-id'])
        self.send_response(status)
        self.end_headers()

    def log_message(self, *args):
        pass


def ask(method, path, body):
    request = urllib.request.Request(RINGI + path, method=method, data=json.dumps(body).encode(),
                                     headers={'content-type': 'application/json'})
    urllib.request.urlopen(request).close()


server = http.server.HTTPServer(('127.0.0.1', int(os.environ.get('PORT', '0'))), Receiver)
ask('PUT', f'/v1/queues/{QUEUE}',
    {'push': {'url': f'http://127.0.0.1:{server.server_port}/hook', 'secret': SECRET, 'concurrency': 1}})
for i in range(1, COUNT + 1):
    ask('POST', f'/v1/queues/{QUEUE}/messages', {'body': f'job {i}'})
while len(seen) < COUNT:
    server.handle_request()
