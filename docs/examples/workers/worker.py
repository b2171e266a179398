#!/usr/bin/env python3
"""worker.py QUEUE [--once] - a worker by ringi's API, with nothing but Python. / 標準ライブラリだけのワーカー。"""
import json
import os
import signal
import sys
import threading
import time
import urllib.error
import urllib.request

URL = os.environ.get('RINGI_URL', 'http://127.0.0.1:9324')
LEASE_MS = 10_000
stopping = threading.Event()


class Refused(Exception):
    def __init__(self, status, problem):
        super().__init__(problem.get('detail', str(status)))
        self.status, self.code = status, problem.get('code')


def post(path, body):
    headers = {'Content-Type': 'application/json'}
    if os.environ.get('RINGI_TOKEN'):
        headers['Authorization'] = 'Bearer ' + os.environ['RINGI_TOKEN']
    request = urllib.request.Request(URL + path, json.dumps(body).encode(), headers, method='POST')
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            return json.load(answer)
    except urllib.error.HTTPError as e:
        raise Refused(e.code, json.loads(e.read() or b'{}')) from None


class Held:
    """Makes the lease longer while the work goes on, and hears of a cancellation."""

    def __init__(self, job):
        self.job, self.canceled, self.lost, self.done = job, False, False, threading.Event()
        self.thread = threading.Thread(target=self.beat, daemon=True)

    def beat(self):
        while not self.done.wait(LEASE_MS / 3000):
            try:
                answer = post(f"/v1/jobs/{self.job['id']}/heartbeat",
                              {'lease': self.job['lease'], 'lease_ms': LEASE_MS})
                self.canceled = answer['canceled']
            except Refused as e:
                self.lost = e.code in ('LEASE_LOST', 'JOB_FINAL')
            except OSError:
                pass  # the next one

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.done.set()
        self.thread.join()


def work(payload, held):
    """Yours. Look at held.canceled and held.lost in long work."""
    if not isinstance(payload, dict) or not isinstance(payload.get('n'), int):
        raise ValueError('n must be a whole number')
    if payload.get('crash'):
        raise RuntimeError('something broke')
    end = time.monotonic() + payload.get('seconds', 0)
    while time.monotonic() < end and not (held.canceled or held.lost):
        time.sleep(0.05)
    return {'square': payload['n'] ** 2}


def handle(job):
    path, lease = f"/v1/jobs/{job['id']}", job['lease']
    with Held(job) as held:
        try:
            result = work(job.get('payload'), held)
            error = None
        except ValueError as e:  # it will never work
            error = {'retry': False, 'error': {'code': 'BAD_PAYLOAD', 'message': str(e)}}
        except Exception as e:   # it may work the next time
            error = {'error': {'code': type(e).__name__, 'message': str(e)}}
    if held.canceled:
        error = {'retry': False, 'error': {'code': 'STOPPED', 'message': 'canceled'}}
    try:
        if error:
            post(path + '/fail', {'lease': lease, **error})
        else:
            post(path + '/complete', {'lease': lease, 'result': result})
    except Refused as e:  # somebody else has it by now
        print(f"{job['id']}: {e.code}", file=sys.stderr)


def main():
    if len(sys.argv) < 2:
        sys.exit('worker.py QUEUE [--once]')
    queue, once = sys.argv[1], '--once' in sys.argv
    signal.signal(signal.SIGTERM, lambda *_: stopping.set())
    while not stopping.is_set():
        try:
            jobs = post(f'/v1/queues/{queue}/claim', {'wait_s': 0 if once else 5, 'lease_ms': LEASE_MS,
                                                     'worker': f'python-{os.getpid()}'})['jobs']
        except (OSError, Refused) as e:
            print(e, file=sys.stderr)
            time.sleep(1)
            continue
        for job in jobs:
            handle(job)
        if once and not jobs:
            break


main()
