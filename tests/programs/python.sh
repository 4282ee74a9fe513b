# SPDX-License-Identifier: MIT
# Debian's python3-minimal, dynamic: its modules, files, processes, signals, threads.
#binary python3-minimal
cat > /tmp/t.py <<'END'
import sys, os, io, re, time, signal, subprocess, threading, select, struct, hashlib, tempfile, random
print(sys.version_info[:2], sys.platform, os.uname().sysname, sys.argv[1:])
print(hashlib.sha256(b"bulkhead").hexdigest()[:16], struct.pack("<IQ", 1, 2).hex(), 2**100)
with tempfile.TemporaryDirectory() as d:
    p = os.path.join(d, "f")
    with open(p, "w") as f:
        for i in range(10000): f.write(f"{i}\n")
    print(sum(int(l) for l in open(p)), os.stat(p).st_size, sorted(os.listdir(d)))
    os.rename(p, p + "2"); print(os.path.exists(p), os.path.exists(p + "2"))
print(subprocess.run(["sh", "-c", "cat; exit 3"], input=b"to a child\n", stdout=subprocess.PIPE))
r, w = os.pipe()
if os.fork() == 0:
    os.write(w, b"from a child"); os._exit(5)
pid, status = os.wait(); print(os.read(r, 100), os.waitstatus_to_exitcode(status))
print(select.select([r], [w], [], 0.01)[1] == [w])
got = []
signal.signal(signal.SIGALRM, lambda n, f: got.append(n)); signal.setitimer(signal.ITIMER_REAL, 0.02)
time.sleep(0.1); print(got)
try: open("/nosuch")
except OSError as e: print(e)
random.seed(4); l = [random.random() for _ in range(50000)]; l.sort(); print(f"{l[0]:.12f} {l[-1]:.12f}")
print(re.sub(r"(\w+) (\w+)", r"\2 \1", "hello world"), "\u00fc\u20ac".encode())
def fib(n): return n if n < 2 else fib(n - 1) + fib(n - 2)
print(fib(20)); sys.setrecursionlimit(5000)
def deep(n): return 0 if n == 0 else 1 + deep(n - 1)
print(deep(4000)); print(len(bytearray(50_000_000)))
END
/usr/bin/python3 /tmp/t.py a 'b c' 2>&1; echo $?
cat > /tmp/threads.py <<'END'
import threading
total, lock, condition, ready = 0, threading.Lock(), threading.Condition(), []
def work(n):
    global total
    for i in range(2000):
        with lock: total += 1
    with condition:
        ready.append(n); condition.notify()
threads = [threading.Thread(target=work, args=(n,)) for n in range(4)]
for t in threads: t.start()
with condition:
    while len(ready) < 4: condition.wait(5)
for t in threads: t.join()
print(total, sorted(ready))
END
/usr/bin/python3 /tmp/threads.py 2>&1; echo $?
echo 'import sys; sys.exit(len(sys.stdin.read()))' > /tmp/s.py; echo 12345 | /usr/bin/python3 /tmp/s.py; echo $?
#linux
