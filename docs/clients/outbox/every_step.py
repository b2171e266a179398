# every_step.py - kills the application, the relay and the worker at every step, and counts.
#
#   RINGI_URL=http://127.0.0.1:9324 RINGI=ringi python3 every_step.py
#
# Whatever dies and whenever: each order that was committed is shipped, once, and each
# customer's orders in their order; nothing is shipped that was not ordered.
import json
import os
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path

HERE = Path(__file__).parent
RINGI = os.environ.get('RINGI', 'ringi')
URL = os.environ.get('RINGI_URL', 'http://127.0.0.1:9324')
FOLDER = tempfile.mkdtemp(prefix='outbox-')
SHOP = os.path.join(FOLDER, 'shop.db')
ENV = {**os.environ, 'SHOP': SHOP, 'RINGI_SERVER': URL, 'QUEUE': os.environ.get('QUEUE', 'sample-orders.fifo')}
CUSTOMERS = ['ada', 'bob', 'chie']
chance = random.Random(int(os.environ.get('SEED', '1')))
kills = {'application': 0, 'relay': 0, 'worker': 0}


def shop(*args, crash_at=0):
    r = subprocess.run([sys.executable, HERE / 'shop.py', *args], capture_output=True, text=True,
                       env={**ENV, 'CRASH_AT': str(crash_at)})
    if r.returncode not in (0, -9):
        sys.exit(f'shop.py {args}: {r.stderr}')
    return r


def relay(kill_after=None):
    """To its end, or killed after some milliseconds: connecting, reading, sending, marking."""
    p = subprocess.Popen([RINGI, 'relay', '--sqlite', SHOP, '--once'], env=ENV, stdout=subprocess.DEVNULL)
    if kill_after is None:
        if p.wait(60) != 0:
            sys.exit('the relay failed')
        return
    time.sleep(kill_after / 1000)
    p.kill()
    kills['relay'] += p.wait() == -9


shop('init')
at = 1
while True:  # the application, at its 1st, 2nd, 3rd ... step, until it has no more
    died = shop('order', CUSTOMERS[at % 3], f'item {at}', crash_at=at).returncode == -9
    for _ in range(3):
        shop('order', chance.choice(CUSTOMERS), 'another')
    relay(kill_after=chance.uniform(0, 30))
    kills['application'] += died
    at += 1
    if not died:
        break
for ms in range(0, 30):  # the relay, a little later each time
    shop('order', chance.choice(CUSTOMERS), f'after {ms}')
    relay(kill_after=ms)
relay()
at = 1
while shop('work', crash_at=at).returncode == -9:  # the worker, likewise
    kills['worker'] += 1
    at += 1
    time.sleep(1.1 if at % 3 == 0 else 0)  # what a dead worker held comes again after a second
time.sleep(1.1)
shop('work')

result = json.loads(shop('show').stdout)
orders, shipped = result['orders'], result['shipped']
print(f"killed: {kills}")
print(f"orders: {len(orders)}, shipped: {len(shipped)}")
if sorted(orders) != sorted(shipped):
    sys.exit(f'LOST OR INVENTED: {orders} {shipped}')
for name in CUSTOMERS:
    if [o for o in orders if o[1] == name] != [s for s in shipped if s[1] == name]:
        sys.exit(f'OUT OF ORDER for {name}: {shipped}')
print('nothing lost, nothing twice, nothing out of order')
